namespace NodeMesh.Daemon.Options;

/// <summary>The deadlines of the data path.</summary>
internal sealed record TimeoutOptions
{
    /// <summary>For a TCP connection to an endpoint.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For a TLS handshake.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection on which nothing moves for so long is cut; zero for never.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromHours(1);
}
