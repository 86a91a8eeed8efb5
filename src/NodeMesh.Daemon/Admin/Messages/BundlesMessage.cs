namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The trust bundles on disk. See docs/admin-api.md.</summary>
internal sealed record BundlesMessage
{
    public required string Directory { get; init; }

    public required IReadOnlyList<string> TrustDomains { get; init; }

    public required IReadOnlyList<FileProblemMessage> Problems { get; init; }
}
