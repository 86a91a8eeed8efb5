using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Connections;

/// <summary>What <see cref="OutboundPolicy"/> found for one source and one endpoint.</summary>
/// <param name="Kind">The way.</param>
/// <param name="Address">What is dialled; default when refused.</param>
internal readonly record struct OutboundWay(OutboundWayKind Kind, IpEndpoint Address)
{
    /// <summary>Plain only: dialled in this order when <see cref="Address"/> cannot be connected to.</summary>
    public IReadOnlyList<IpEndpoint> Alternates { get; init; } = [];

    /// <summary>Local only: the port whose workload's policies judge.</summary>
    public InboundPort? Target { get; init; }

    /// <summary>Local only: what they judge by.</summary>
    public ConnectionFacts Facts { get; init; }

    /// <summary>Refused only.</summary>
    public OutboundRefusal Refusal { get; init; }

    /// <summary>Refused only: whether another endpoint may do better.</summary>
    public bool MayTryAnother { get; init; }

    public static OutboundWay Refused(in OutboundRefusal refusal, bool mayTryAnother = false) =>
        new(OutboundWayKind.Refused, default) { Refusal = refusal, MayTryAnother = mayTryAnother };
}
