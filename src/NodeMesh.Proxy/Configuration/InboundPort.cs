using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;

namespace NodeMesh.Proxy.Configuration;

/// <summary>A port of a local workload, as the inbound listeners need it. Immutable, part of one snapshot.</summary>
/// <param name="Workload">Who serves it.</param>
/// <param name="Port">The port clients name.</param>
/// <param name="Protocol">What is spoken there.</param>
/// <param name="Application">Where the application listens.</param>
/// <param name="Mode">Whether plaintext is taken.</param>
/// <param name="Endpoint">The same port as an endpoint of services, with its state.</param>
public sealed record InboundPort(
    LocalWorkload Workload, ushort Port, AppProtocol Protocol, IpEndpoint Application, PeerAuthenticationMode Mode, Endpoint Endpoint)
{
    /// <summary>
    /// Why it takes no plaintext; null when it does. There is no such thing for mutual TLS: to prove who one is is welcome in every mode, and a
    /// caller may not have heard yet that it need not.
    /// </summary>
    internal string? PlaintextRefusal =>
        Mode == PeerAuthenticationMode.Strict ? $"{Workload} takes only mutual TLS on port {Port} (PeerAuthentication STRICT)" : null;
}
