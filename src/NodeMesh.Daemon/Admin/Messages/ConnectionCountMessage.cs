namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>How many connections are carried. See docs/admin-api.md.</summary>
internal sealed record ConnectionCountMessage
{
    public required int Open { get; init; }
}
