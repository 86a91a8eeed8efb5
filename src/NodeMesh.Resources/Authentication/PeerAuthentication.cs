namespace NodeMesh.Resources.Authentication;

/// <summary>
/// Whether workloads take plaintext. The narrowest one that says something wins: port, workload, namespace, mesh; where none does, STRICT.
/// </summary>
public sealed record PeerAuthentication : WorkloadPolicy
{
    public override string Kind => "PeerAuthentication";

    /// <summary>Null: as the next wider scope says.</summary>
    public PeerAuthenticationMode? Mode { get; init; }

    /// <summary>Ports that differ, in order of number. Only with a selector.</summary>
    public ValueList<PortAuthentication> PortLevel { get; init; } = [];
}
