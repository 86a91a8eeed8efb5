namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/endpoints</c>.</summary>
internal sealed record EndpointList
{
    public long Revision { get; init; }

    public IReadOnlyList<Endpoint> Items { get; init; } = [];

    internal sealed record Endpoint
    {
        public string? Service { get; init; }

        public int Port { get; init; }

        public string Kind { get; init; } = "";

        public string Address { get; init; } = "";

        public string? DialAddress { get; init; }

        public string? Node { get; init; }

        public string? Workload { get; init; }

        public string? SpiffeId { get; init; }

        public string Health { get; init; } = "";

        public long ActiveConnections { get; init; }

        public int ConsecutiveFailures { get; init; }
    }
}
