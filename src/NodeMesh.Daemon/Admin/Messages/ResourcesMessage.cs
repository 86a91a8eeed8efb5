namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to GET /v1/resources. See docs/admin-api.md.</summary>
internal sealed record ResourcesMessage
{
    public required long Revision { get; init; }

    public required IReadOnlyList<System.Text.Json.JsonElement> Items { get; init; }
}
