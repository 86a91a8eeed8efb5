namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/workloads</c>.</summary>
internal sealed record WorkloadList
{
    public long Revision { get; set; }

    public IReadOnlyList<Workload> Items { get; set; } = [];

    internal sealed record Workload
    {
        public string Namespace { get; set; } = "";

        public string Name { get; set; } = "";

        public string ServiceAccount { get; set; } = "";

        public string SpiffeId { get; set; } = "";

        public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

        public Selector Selector { get; set; } = new();

        public string PeerAuthentication { get; set; } = "";

        public IReadOnlyList<WorkloadPort> Ports { get; set; } = [];

        public CertificateState Certificate { get; set; } = new();
    }

    internal sealed record Selector
    {
        public string? SystemdUnit { get; set; }

        public string? User { get; set; }

        public long? Uid { get; set; }

        public string? CgroupPath { get; set; }

        public string? Executable { get; set; }

        /// <summary><c>user=cart,executable=/usr/bin/cart</c></summary>
        public override string ToString()
        {
            (string Name, string? Value)[] parts =
            [
                ("unit", SystemdUnit), ("user", User), ("uid", Uid?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                ("cgroup", CgroupPath), ("executable", Executable),
            ];
            return string.Join(',', parts.Where(part => part.Value is not null).Select(part => $"{part.Name}={part.Value}"));
        }
    }

    internal sealed record WorkloadPort
    {
        public string Name { get; set; } = "";

        public int Port { get; set; }

        public string Address { get; set; } = "";

        public string Protocol { get; set; } = "";

        public string PeerAuthentication { get; set; } = "";
    }

    internal sealed record CertificateState
    {
        public string State { get; set; } = "missing";

        public DateTimeOffset? NotAfter { get; set; }

        public double? RemainingSeconds { get; set; }
    }
}
