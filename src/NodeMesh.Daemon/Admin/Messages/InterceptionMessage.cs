namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>Which inbound ports the rules should capture, and were last seen to. See docs/admin-api.md.</summary>
internal sealed record InterceptionMessage
{
    public required bool ManagePorts { get; init; }

    public required IReadOnlyList<ushort> Declared { get; init; }

    public IReadOnlyList<ushort>? Ports { get; init; }

    public DateTimeOffset? AppliedAt { get; init; }

    public string? Error { get; init; }
}
