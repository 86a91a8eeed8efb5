using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Attestation;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Proxy.Connections;

/// <summary>
/// The one place that decides who may go out where and by which way: for connections that begin, for those that live when the configuration
/// changes, and for questions. Opens nothing. A source that could not be attested may be any workload of the node, so it gets only what all get.
/// </summary>
internal static class OutboundPolicy
{
    /// <summary>Why the source may go nowhere; null when it may go somewhere.</summary>
    public static OutboundRefusal? RefusalOfSource(MeshSnapshot snapshot, in AttestedSource source) =>
        source.Workload is null && snapshot.UnknownSources == UnknownSourcePolicy.Refuse ? NoIdentity(source, "MeshConfig refuses unknown sources") : null;

    /// <summary>Why the source may not go there, whichever endpoint would take it; null when it may as far as that.</summary>
    public static OutboundRefusal? Refusal(MeshSnapshot snapshot, in AttestedSource source, MeshServicePort? service, IpEndpoint destination)
    {
        if (RefusalOfSource(snapshot, source) is { } refusal)
        {
            return refusal;
        }

        if (service is { Endpoints.Length: > 0 } or { IsPassthrough: true } or { Names: [_, ..] })
        {
            return null;
        }

        if (service is not null)
        {
            return new OutboundRefusal(RefusalCode.NoHealthyEndpoint, $"{service} has no endpoint");
        }

        if (snapshot.IsVirtual(destination))
        {
            return new OutboundRefusal(RefusalCode.UnknownService, $"{destination} is a virtual address, and no service has this address and port");
        }

        if (snapshot.Egress != EgressMode.RegistryOnly)
        {
            return null;
        }

        return source.Workload is not null
            ? new OutboundRefusal(RefusalCode.EgressDenied, $"{destination} is in no Service or ServiceEntry, and the egress mode is RegistryOnly")
            : MayBeWorkload(snapshot, source)
                ? NoIdentity(source, $"the egress mode is RegistryOnly, and {destination} is in no Service or ServiceEntry")
                : null;
    }

    /// <summary>By which way the source gets to the endpoint, or why it does not. Policies of a workload here are still to be asked.</summary>
    /// <param name="client">The address of the client's own socket.</param>
    public static OutboundWay FindWay(MeshSnapshot snapshot, in AttestedSource source, IpEndpoint client, Endpoint endpoint)
    {
        switch (endpoint.Kind)
        {
            case EndpointKind.Local:
                if (snapshot.FindInbound(endpoint.Address) is not { } target)
                {
                    var reason = new OutboundRefusal(RefusalCode.NoHealthyEndpoint, $"{endpoint} is not served by one workload of this node");
                    return OutboundWay.Refused(reason, mayTryAnother: true);
                }

                return source.Workload is null && (target.Mode == PeerAuthenticationMode.Strict || !MayGoInPlaintext(snapshot, source))
                    ? OutboundWay.Refused(NoIdentity(source, $"{target.Workload} takes only known identities"))
                    : new OutboundWay(OutboundWayKind.Local, endpoint.DialAddress)
                    {
                        Target = target,
                        Facts = new ConnectionFacts(source.Workload?.Identity, client, endpoint.Address),
                    };
            case EndpointKind.Mesh when source.Workload is not null:
                return new OutboundWay(OutboundWayKind.Mesh, endpoint.DialAddress);
            case EndpointKind.Mesh:
                // For moving in: plaintext to the workload's own port, where the far side's PeerAuthentication decides.
                return MayGoInPlaintext(snapshot, source)
                    ? new OutboundWay(OutboundWayKind.Plain, endpoint.Address)
                    : OutboundWay.Refused(NoIdentity(source, $"{endpoint} takes only known identities"));
            default:
                return new OutboundWay(OutboundWayKind.Plain, endpoint.DialAddress) { Alternates = endpoint.Alternates };
        }
    }

    private static bool MayGoInPlaintext(MeshSnapshot snapshot, in AttestedSource source) =>
        snapshot.UnknownSources == UnknownSourcePolicy.Plaintext && !MayBeWorkload(snapshot, source);

    private static bool MayBeWorkload(MeshSnapshot snapshot, in AttestedSource source) =>
        source.Workload is not null || (!source.IsAttested && snapshot.Workloads.Count > 0);

    private static OutboundRefusal NoIdentity(in AttestedSource source, string because) => source.IsAttested
        ? new OutboundRefusal(RefusalCode.NoIdentity, $"no Workload claims {source.Describe()}, and {because}")
        : new OutboundRefusal(RefusalCode.Unattested, $"it comes from {source.Describe()}, and {because}");
}
