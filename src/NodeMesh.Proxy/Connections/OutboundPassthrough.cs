using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Proxy.Connections;

/// <summary>The one place that decides about connections to destinations that no resource gives endpoints for.</summary>
internal static class OutboundPassthrough
{
    /// <summary>Why it may not go out as it is; null when it may.</summary>
    public static (RefusalCode Code, string Detail)? Refusal(
        MeshSnapshot snapshot, LocalWorkload? source, MeshServicePort? service, IpEndpoint destination)
    {
        if (source is null && snapshot.UnknownSources == UnknownSourcePolicy.Refuse)
        {
            return (RefusalCode.NoIdentity, "no Workload claims the process, and MeshConfig refuses unknown sources");
        }

        if (service is { IsPassthrough: true } or { Names: [_, ..] })
        {
            return null;
        }

        if (service is not null)
        {
            return (RefusalCode.NoHealthyEndpoint, $"{service} has no endpoint");
        }

        if (snapshot.IsVirtual(destination))
        {
            return (RefusalCode.UnknownService, $"{destination} is a virtual address, and no service has this address and port");
        }

        return source is not null && snapshot.Egress == EgressMode.RegistryOnly
            ? (RefusalCode.EgressDenied, $"{destination} is in no Service or ServiceEntry, and the egress mode is RegistryOnly")
            : null;
    }
}
