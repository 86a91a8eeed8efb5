namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>A CA certificate of a bundle. See docs/admin-api.md.</summary>
internal sealed record AuthorityMessage
{
    public required string Subject { get; init; }

    public required string SerialNumber { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required string Sha256 { get; init; }
}
