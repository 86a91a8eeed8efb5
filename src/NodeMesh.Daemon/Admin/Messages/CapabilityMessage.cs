namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>A Linux capability that the daemon uses. See docs/admin-api.md.</summary>
internal sealed record CapabilityMessage
{
    public required string Name { get; init; }

    public required bool Held { get; init; }

    public required string Need { get; init; }

    public required string Purpose { get; init; }
}
