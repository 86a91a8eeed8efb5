namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/services</c>.</summary>
internal sealed record ServiceList
{
    public long Revision { get; init; }

    public IReadOnlyList<Service> Items { get; init; } = [];

    internal sealed record Service
    {
        public string Kind { get; init; } = "";

        public string Namespace { get; init; } = "";

        public string Name { get; init; } = "";

        public IReadOnlyList<string> Hosts { get; init; } = [];

        public IReadOnlyList<string> Vips { get; init; } = [];

        public IReadOnlyList<ServicePort> Ports { get; init; } = [];
    }

    internal sealed record ServicePort
    {
        public string? Name { get; init; }

        public int Port { get; init; }

        public string Protocol { get; init; } = "";

        public int Endpoints { get; init; }

        public int UsableEndpoints { get; init; }

        public long ActiveConnections { get; init; }
    }
}
