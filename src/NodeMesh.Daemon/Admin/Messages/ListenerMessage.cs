namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>An address the daemon listens on. See docs/admin-api.md.</summary>
internal sealed record ListenerMessage
{
    public required string Name { get; init; }

    public required string Address { get; init; }
}
