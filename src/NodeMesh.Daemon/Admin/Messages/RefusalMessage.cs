namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>Why a connection is refused. See docs/admin-api.md.</summary>
internal sealed record RefusalMessage
{
    public required string Code { get; init; }

    public string? Flag { get; init; }

    public required string Meaning { get; init; }

    public required string Remedy { get; init; }
}
