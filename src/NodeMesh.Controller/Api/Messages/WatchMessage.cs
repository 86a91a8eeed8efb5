namespace NodeMesh.Controller.Api.Messages;

/// <summary>A line of GET /v1/resources?watch=true. One with a revision alone says that all of that revision was told.</summary>
/// <param name="Action"><c>present</c> for what there was at the beginning, then <c>created</c>, <c>updated</c>, <c>deleted</c>.</param>
/// <param name="Resource">Absent where it was deleted, as is the YAML.</param>
internal sealed record WatchMessage(
    long Revision, string? Action = null, string? Kind = null, string? Namespace = null, string? Name = null, RawJson? Resource = null, string? Yaml = null);
