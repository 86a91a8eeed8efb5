using System.Text;
using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// One place where a service can be reached. Immutable but for <see cref="State"/>; the same object stands in every service that has it and
/// in every snapshot in which nothing about it changed, so counters and health outlive a reload.
/// </summary>
public sealed class Endpoint
{
    public required EndpointKind Kind { get; init; }

    /// <summary>
    /// The address by which the mesh knows it: of a workload, its node's address and its own port, which is also the CONNECT authority;
    /// else the address outside.
    /// </summary>
    public required IpEndpoint Address { get; init; }

    /// <summary>What is dialled: the node's mesh port, the local application, or the address itself.</summary>
    public required IpEndpoint DialAddress { get; init; }

    /// <summary>The node's other addresses, dialled in this order when <see cref="DialAddress"/> cannot be connected to.</summary>
    public IReadOnlyList<IpEndpoint> Alternates { get; init; } = [];

    /// <summary>Who must answer there; null outside the mesh.</summary>
    public SpiffeId? Identity { get; init; }

    /// <summary>The node of the workload; null outside the mesh.</summary>
    public string? NodeName { get; init; }

    /// <summary>The workload's namespace; null outside the mesh.</summary>
    public string? WorkloadNamespace { get; init; }

    /// <summary>The workload's name; null outside the mesh.</summary>
    public string? WorkloadName { get; init; }

    public EndpointState State { get; init; } = new();

    /// <summary>The workload as <c>namespace/name</c>; null outside the mesh.</summary>
    public string? WorkloadFullName => field ??= WorkloadName is null ? null : $"{WorkloadNamespace}/{WorkloadName}";

    /// <summary><see cref="Address"/> as headers carry it.</summary>
    internal byte[] AddressText => field ??= Encoding.ASCII.GetBytes($"{Address}");

    /// <summary><see cref="WorkloadFullName"/> as headers carry it.</summary>
    internal byte[] WorkloadText => field ??= Encoding.ASCII.GetBytes(WorkloadFullName ?? string.Empty);

    public bool IsLocal => Kind == EndpointKind.Local;

    public bool IsMesh => Kind == EndpointKind.Mesh;

    /// <summary>True when both say the same, whatever their state.</summary>
    internal bool IsSameAs(Endpoint other) =>
        Kind == other.Kind
        && Address == other.Address
        && DialAddress == other.DialAddress
        && Alternates.SequenceEqual(other.Alternates)
        && Identity == other.Identity
        && string.Equals(NodeName, other.NodeName, StringComparison.Ordinal)
        && string.Equals(WorkloadNamespace, other.WorkloadNamespace, StringComparison.Ordinal)
        && string.Equals(WorkloadName, other.WorkloadName, StringComparison.Ordinal);

    public override string ToString() => WorkloadName is null ? Address.ToString() : $"{WorkloadNamespace}/{WorkloadName} at {Address}";
}
