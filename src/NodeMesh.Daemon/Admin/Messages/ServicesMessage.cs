namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to GET /v1/services. See docs/admin-api.md.</summary>
internal sealed record ServicesMessage
{
    public required long Revision { get; init; }

    public required IReadOnlyList<ServiceMessage> Items { get; init; }
}
