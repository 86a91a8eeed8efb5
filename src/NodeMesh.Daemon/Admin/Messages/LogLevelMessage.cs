namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The level of the daemon's log. See docs/admin-api.md.</summary>
internal sealed record LogLevelMessage
{
    public required string Level { get; init; }
}
