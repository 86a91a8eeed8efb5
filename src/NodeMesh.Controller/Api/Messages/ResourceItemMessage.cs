namespace NodeMesh.Controller.Api.Messages;

/// <summary>A resource in a list.</summary>
/// <param name="Revision">The revision that made it so; its version for optimistic concurrency.</param>
/// <param name="Resource">As in a file, in JSON.</param>
/// <param name="Status">How it stands; beside the resource, since nobody applies it.</param>
/// <param name="Yaml">The resource in YAML, as it is kept.</param>
internal sealed record ResourceItemMessage(long Revision, RawJson Resource, ResourceStatusMessage Status, string Yaml);
