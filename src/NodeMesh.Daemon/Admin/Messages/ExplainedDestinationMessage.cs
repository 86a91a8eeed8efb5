namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>Where to. See docs/admin-api.md.</summary>
internal sealed record ExplainedDestinationMessage
{
    public required string Text { get; init; }

    public string? Address { get; init; }

    public required int Port { get; init; }
}
