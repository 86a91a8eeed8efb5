namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to GET /v1/connections. See docs/admin-api.md.</summary>
internal sealed record ConnectionsMessage
{
    public required int Total { get; init; }

    public required IReadOnlyList<ConnectionMessage> Items { get; init; }
}
