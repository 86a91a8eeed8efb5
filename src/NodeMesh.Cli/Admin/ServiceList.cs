namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/services</c>.</summary>
internal sealed record ServiceList
{
    public long Revision { get; set; }

    public IReadOnlyList<Service> Items { get; set; } = [];

    internal sealed record Service
    {
        public string Kind { get; set; } = "";

        public string Namespace { get; set; } = "";

        public string Name { get; set; } = "";

        public IReadOnlyList<string> Hosts { get; set; } = [];

        public IReadOnlyList<string> Vips { get; set; } = [];

        public IReadOnlyList<ServicePort> Ports { get; set; } = [];
    }

    internal sealed record ServicePort
    {
        public string? Name { get; set; }

        public int Port { get; set; }

        public string Protocol { get; set; } = "";

        public int Endpoints { get; set; }

        public int UsableEndpoints { get; set; }

        public long ActiveConnections { get; set; }
    }
}
