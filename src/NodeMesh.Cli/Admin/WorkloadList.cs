namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/workloads</c>.</summary>
internal sealed record WorkloadList
{
    public long Revision { get; init; }

    public IReadOnlyList<Workload> Items { get; init; } = [];

    internal sealed record Workload
    {
        public string Namespace { get; init; } = "";

        public string Name { get; init; } = "";

        public string ServiceAccount { get; init; } = "";

        public string SpiffeId { get; init; } = "";

        public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

        public Selector Selector { get; init; } = new();

        public string PeerAuthentication { get; init; } = "";

        public IReadOnlyList<WorkloadPort> Ports { get; init; } = [];

        public CertificateState Certificate { get; init; } = new();
    }

    internal sealed record Selector
    {
        public string? SystemdUnit { get; init; }

        public string? User { get; init; }

        public long? Uid { get; init; }

        public string? CgroupPath { get; init; }

        public string? Executable { get; init; }

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
        public string Name { get; init; } = "";

        public int Port { get; init; }

        public string Address { get; init; } = "";

        public string Protocol { get; init; } = "";

        public string PeerAuthentication { get; init; } = "";
    }

    internal sealed record CertificateState
    {
        public string State { get; init; } = "missing";

        public DateTimeOffset? NotAfter { get; init; }

        public double? RemainingSeconds { get; init; }
    }
}
