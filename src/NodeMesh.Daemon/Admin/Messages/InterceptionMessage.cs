namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>Which inbound ports the rules were told to capture. See docs/admin-api.md.</summary>
internal sealed record InterceptionMessage
{
    public required bool ManagePorts { get; init; }

    public IReadOnlyList<ushort>? Ports { get; init; }

    public DateTimeOffset? AppliedAt { get; init; }

    public string? Error { get; init; }
}
