using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Tunnels;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>
/// What a request carries on a mesh link besides what its application said: the workload and port it goes to. Only daemons set it, and none of it
/// reaches an application.
/// </summary>
internal static class MeshRequestHeaders
{
    private static ReadOnlySpan<byte> Destination => "nodemesh-destination"u8;

    private static ReadOnlySpan<byte> Version => "nodemesh-protocol"u8;

    private static ReadOnlySpan<byte> Http2 => "h2"u8;

    /// <summary>Adds them behind the request's own.</summary>
    public static void Add(HeaderList request, Endpoint endpoint, bool isHttp2)
    {
        request.Add(Destination, endpoint.AddressText);
        request.Add(MeshLinkPool.WorkloadHeader, endpoint.WorkloadText);
        if (isHttp2)
        {
            request.Add(Version, Http2);
        }
    }

    /// <summary>Reads them and takes them away, with all else that is reserved.</summary>
    public static MeshTarget Take(HeaderList request, MeshSnapshot? snapshot)
    {
        var address = default(IpEndpoint);
        if (request.TryGet(Destination, out var text))
        {
            _ = AddressText.TryParseWithPort(text, out address);
        }

        var target = snapshot?.FindInbound(address);
        var namesAnother = target is not null
            && request.TryGet(MeshLinkPool.WorkloadHeader, out var named)
            && !named.SequenceEqual(target.Workload.FullNameText);
        var isHttp2 = request.TryGet(Version, out var version) && version.SequenceEqual(Http2);
        HeaderSanitizer.RemoveReserved(request);
        return new MeshTarget(address, isHttp2, namesAnother);
    }
}
