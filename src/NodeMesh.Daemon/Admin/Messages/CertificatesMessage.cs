namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to GET /v1/certificates. See docs/admin-api.md.</summary>
internal sealed record CertificatesMessage
{
    public required IReadOnlyList<CertificateMessage> Items { get; init; }

    public required IReadOnlyList<BundleMessage> Bundles { get; init; }

    public required IReadOnlyList<FileProblemMessage> Problems { get; init; }
}
