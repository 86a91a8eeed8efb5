namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/status</c>.</summary>
internal sealed record StatusReport
{
    public string Version { get; init; } = "";

    public string Node { get; init; } = "";

    public int Pid { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public double UptimeSeconds { get; init; }

    public string State { get; init; } = "";

    public IReadOnlyList<string> NotReady { get; init; } = [];

    public string? TrustDomain { get; init; }

    public string? DnsDomain { get; init; }

    public ConfigurationPart Configuration { get; init; } = new();

    public IdentitiesPart Identities { get; init; } = new();

    public BundlesPart Bundles { get; init; } = new();

    public InterceptionPart Interception { get; init; } = new();

    public IReadOnlyList<Listener> Listeners { get; init; } = [];

    public ConnectionsPart Connections { get; init; } = new();

    public IReadOnlyList<Capability> Capabilities { get; init; } = [];

    public string LogLevel { get; init; } = "";

    internal sealed record ConfigurationPart
    {
        public string Directory { get; init; } = "";

        public long Revision { get; init; }

        public DateTimeOffset? LoadedAt { get; init; }

        public double? AgeSeconds { get; init; }

        public IReadOnlyDictionary<string, int> Resources { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

        public IReadOnlyList<Issue> Warnings { get; init; } = [];

        public Rejection? Rejected { get; init; }
    }

    internal sealed record Rejection
    {
        public DateTimeOffset? At { get; init; }

        public IReadOnlyList<Issue> Errors { get; init; } = [];
    }

    internal sealed record IdentitiesPart
    {
        public string Directory { get; init; } = "";

        public int Loaded { get; init; }

        public int Expiring { get; init; }

        public int Expired { get; init; }

        public int Missing { get; init; }

        public IReadOnlyList<FileTrouble> Problems { get; init; } = [];
    }

    internal sealed record BundlesPart
    {
        public string Directory { get; init; } = "";

        public IReadOnlyList<string> TrustDomains { get; init; } = [];

        public IReadOnlyList<FileTrouble> Problems { get; init; } = [];
    }

    internal sealed record InterceptionPart
    {
        public bool ManagePorts { get; init; }

        public IReadOnlyList<int>? Ports { get; init; }

        public DateTimeOffset? AppliedAt { get; init; }

        public string? Error { get; init; }
    }

    internal sealed record Listener
    {
        public string Name { get; init; } = "";

        public string Address { get; init; } = "";
    }

    internal sealed record ConnectionsPart
    {
        public long Open { get; init; }
    }

    internal sealed record Capability
    {
        public string Name { get; init; } = "";

        public bool Held { get; init; }

        public string Need { get; init; } = "";

        public string Purpose { get; init; } = "";
    }
}
