namespace NodeMesh.Cli.Admin;

/// <summary>One item of <c>GET /v1/connections</c>.</summary>
internal sealed record Connection
{
    public long Id { get; set; }

    public int Loop { get; set; }

    public string Direction { get; set; } = "";

    public double AgeSeconds { get; set; }

    public Party Source { get; set; } = new();

    public Party Destination { get; set; } = new();

    public string? Service { get; set; }

    public string Protocol { get; set; } = "";

    public string Security { get; set; } = "";

    public string? TlsVersion { get; set; }

    public string? Cipher { get; set; }

    public long SentBytes { get; set; }

    public long ReceivedBytes { get; set; }

    internal sealed record Party
    {
        public string? Address { get; set; }

        public string? Workload { get; set; }

        public string? Principal { get; set; }

        public string? Endpoint { get; set; }
    }
}
