namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>An endpoint of a service; also in explanations. See docs/admin-api.md.</summary>
internal sealed record EndpointMessage
{
    public string? Service { get; init; }

    public int? Port { get; init; }

    public required string Kind { get; init; }

    public required string Address { get; init; }

    public required string DialAddress { get; init; }

    public string? Node { get; init; }

    public string? Workload { get; init; }

    public string? SpiffeId { get; init; }

    public required string Health { get; init; }

    public required int ActiveConnections { get; init; }

    public required int ConsecutiveFailures { get; init; }

    /// <summary>In explanations only, as <see cref="Policy"/>.</summary>
    public string? PeerAuthentication { get; init; }

    public PolicyDecisionMessage? Policy { get; init; }
}
