namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/endpoints</c>.</summary>
internal sealed record EndpointList
{
    public long Revision { get; set; }

    public IReadOnlyList<Endpoint> Items { get; set; } = [];

    internal sealed record Endpoint
    {
        public string? Service { get; set; }

        public int Port { get; set; }

        public string Kind { get; set; } = "";

        public string Address { get; set; } = "";

        public string? DialAddress { get; set; }

        public string? Node { get; set; }

        public string? Workload { get; set; }

        public string? SpiffeId { get; set; }

        public string Health { get; set; } = "";

        public long ActiveConnections { get; set; }

        public int ConsecutiveFailures { get; set; }
    }
}
