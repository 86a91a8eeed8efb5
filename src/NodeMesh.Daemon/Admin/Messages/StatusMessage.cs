namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to GET /v1/status. See docs/admin-api.md.</summary>
internal sealed record StatusMessage
{
    public required string Version { get; init; }

    public required string Node { get; init; }

    public required int Pid { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required double UptimeSeconds { get; init; }

    public required string State { get; init; }

    public required IReadOnlyList<string> NotReady { get; init; }

    public string? TrustDomain { get; init; }

    public string? DnsDomain { get; init; }

    public required ConfigurationMessage Configuration { get; init; }

    /// <summary>Absent on a node that works from files.</summary>
    public ControllerMessage? Controller { get; init; }

    public required IdentitiesMessage Identities { get; init; }

    public required BundlesMessage Bundles { get; init; }

    public required InterceptionMessage Interception { get; init; }

    public required IReadOnlyList<ListenerMessage> Listeners { get; init; }

    public required ConnectionCountMessage Connections { get; init; }

    public required IReadOnlyList<LoopMessage> Loops { get; init; }

    public required IReadOnlyList<CapabilityMessage> Capabilities { get; init; }

    public required string LogLevel { get; init; }
}
