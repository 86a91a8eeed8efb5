using NodeMesh.Cli.Api;

namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/status</c>.</summary>
internal sealed record StatusReport
{
    public string Version { get; set; } = "";

    public string Node { get; set; } = "";

    public int Pid { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public double UptimeSeconds { get; set; }

    public string State { get; set; } = "";

    public IReadOnlyList<string> NotReady { get; set; } = [];

    public string? TrustDomain { get; set; }

    public string? DnsDomain { get; set; }

    public ConfigurationPart Configuration { get; set; } = new();

    /// <summary>Null on a node that works from files.</summary>
    public ControllerPart? Controller { get; set; }

    public IdentitiesPart Identities { get; set; } = new();

    public BundlesPart Bundles { get; set; } = new();

    public InterceptionPart Interception { get; set; } = new();

    public IReadOnlyList<Listener> Listeners { get; set; } = [];

    public ConnectionsPart Connections { get; set; } = new();

    public IReadOnlyList<Capability> Capabilities { get; set; } = [];

    public string LogLevel { get; set; } = "";

    internal sealed record ConfigurationPart
    {
        /// <summary>Null on a node that has a controller.</summary>
        public string? Directory { get; set; }

        public long Revision { get; set; }

        public DateTimeOffset? LoadedAt { get; set; }

        public double? AgeSeconds { get; set; }

        public IReadOnlyDictionary<string, int> Resources { get; set; } = new Dictionary<string, int>(StringComparer.Ordinal);

        public IReadOnlyList<Issue> Warnings { get; set; } = [];

        public Rejection? Rejected { get; set; }
    }

    internal sealed record ControllerPart
    {
        /// <summary>Null before the first attempt.</summary>
        public string? Address { get; set; }

        public bool Connected { get; set; }

        public DateTimeOffset? Since { get; set; }

        public string? Trouble { get; set; }

        /// <summary>The controller's own; null before it has told one.</summary>
        public long? Revision { get; set; }

        public double? AgeSeconds { get; set; }
    }

    internal sealed record Rejection
    {
        public DateTimeOffset? At { get; set; }

        public IReadOnlyList<Issue> Errors { get; set; } = [];
    }

    internal sealed record IdentitiesPart
    {
        public string Directory { get; set; } = "";

        public int Loaded { get; set; }

        public int Expiring { get; set; }

        public int Expired { get; set; }

        public int Missing { get; set; }

        public IReadOnlyList<FileTrouble> Problems { get; set; } = [];
    }

    internal sealed record BundlesPart
    {
        public string Directory { get; set; } = "";

        public IReadOnlyList<string> TrustDomains { get; set; } = [];

        public IReadOnlyList<FileTrouble> Problems { get; set; } = [];
    }

    internal sealed record InterceptionPart
    {
        public bool ManagePorts { get; set; }

        public IReadOnlyList<int> Declared { get; set; } = [];

        public IReadOnlyList<int>? Ports { get; set; }

        public DateTimeOffset? AppliedAt { get; set; }

        public string? Error { get; set; }
    }

    internal sealed record Listener
    {
        public string Name { get; set; } = "";

        public string Address { get; set; } = "";
    }

    internal sealed record ConnectionsPart
    {
        public long Open { get; set; }
    }

    internal sealed record Capability
    {
        public string Name { get; set; } = "";

        public bool Held { get; set; }

        public string Need { get; set; } = "";

        public string Purpose { get; set; } = "";
    }
}
