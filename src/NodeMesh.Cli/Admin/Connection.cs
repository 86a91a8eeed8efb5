namespace NodeMesh.Cli.Admin;

/// <summary>One item of <c>GET /v1/connections</c>.</summary>
internal sealed record Connection
{
    public long Id { get; init; }

    public int Loop { get; init; }

    public string Direction { get; init; } = "";

    public double AgeSeconds { get; init; }

    public Party Source { get; init; } = new();

    public Party Destination { get; init; } = new();

    public string? Service { get; init; }

    public string Protocol { get; init; } = "";

    public string Security { get; init; } = "";

    public string? TlsVersion { get; init; }

    public string? Cipher { get; init; }

    public long SentBytes { get; init; }

    public long ReceivedBytes { get; init; }

    internal sealed record Party
    {
        public string? Address { get; init; }

        public string? Workload { get; init; }

        public string? Principal { get; init; }

        public string? Endpoint { get; init; }
    }
}
