namespace NodeMesh.Resources.Authentication;

/// <summary>The mode of one port of the selected workloads.</summary>
public sealed record PortAuthentication
{
    /// <summary>The workload's port, not the service's.</summary>
    public required ushort Port { get; init; }

    public required PeerAuthenticationMode Mode { get; init; }
}
