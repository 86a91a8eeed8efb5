namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/certificates</c>.</summary>
internal sealed record CertificateList
{
    public IReadOnlyList<Certificate> Items { get; init; } = [];

    public IReadOnlyList<Bundle> Bundles { get; init; } = [];

    public IReadOnlyList<FileTrouble> Problems { get; init; } = [];

    internal sealed record Certificate
    {
        public string SpiffeId { get; init; } = "";

        public string? SerialNumber { get; init; }

        public DateTimeOffset? NotBefore { get; init; }

        public DateTimeOffset? NotAfter { get; init; }

        public double? RemainingSeconds { get; init; }

        public string State { get; init; } = "";

        public IReadOnlyList<string> Workloads { get; init; } = [];
    }

    internal sealed record Bundle
    {
        public string TrustDomain { get; init; } = "";

        public long? Sequence { get; init; }

        public IReadOnlyList<Authority> Authorities { get; init; } = [];
    }

    internal sealed record Authority
    {
        public string Subject { get; init; } = "";

        public string SerialNumber { get; init; } = "";

        public DateTimeOffset? NotBefore { get; init; }

        public DateTimeOffset? NotAfter { get; init; }

        public string Sha256 { get; init; } = "";
    }
}
