namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/certificates</c>.</summary>
internal sealed record CertificateList
{
    public IReadOnlyList<Certificate> Items { get; set; } = [];

    public IReadOnlyList<Bundle> Bundles { get; set; } = [];

    public IReadOnlyList<FileTrouble> Problems { get; set; } = [];

    internal sealed record Certificate
    {
        public string SpiffeId { get; set; } = "";

        public string? SerialNumber { get; set; }

        public DateTimeOffset? NotBefore { get; set; }

        public DateTimeOffset? NotAfter { get; set; }

        public double? RemainingSeconds { get; set; }

        public string State { get; set; } = "";

        public IReadOnlyList<string> Workloads { get; set; } = [];
    }

    internal sealed record Bundle
    {
        public string TrustDomain { get; set; } = "";

        public long? Sequence { get; set; }

        public IReadOnlyList<Authority> Authorities { get; set; } = [];
    }

    internal sealed record Authority
    {
        public string Subject { get; set; } = "";

        public string SerialNumber { get; set; } = "";

        public DateTimeOffset? NotBefore { get; set; }

        public DateTimeOffset? NotAfter { get; set; }

        public string Sha256 { get; set; } = "";
    }
}
