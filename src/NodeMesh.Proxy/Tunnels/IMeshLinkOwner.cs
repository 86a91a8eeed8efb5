using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>What a mesh link tells whoever keeps it. On the link's loop.</summary>
internal interface IMeshLinkOwner
{
    /// <summary>A peer asks for a tunnel; the headers are valid during the call only. Servers only.</summary>
    void OnRequest(MeshLink link, Http2Stream stream, HeaderList headers, bool endStream);

    /// <summary>A stream ended, or the peer allows another number of streams: there may be room for more.</summary>
    void OnCapacity(MeshLink link);

    /// <summary>The link takes no new streams any more.</summary>
    void OnDraining(MeshLink link);

    /// <summary>The link is gone; its streams were told before.</summary>
    void OnClosed(MeshLink link, string reason);
}
