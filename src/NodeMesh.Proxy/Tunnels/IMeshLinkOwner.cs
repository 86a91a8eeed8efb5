using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>What a mesh link tells whoever keeps it. On the link's loop.</summary>
internal interface IMeshLinkOwner
{
    /// <summary>A peer asks for a tunnel; the headers are valid during the call only. Servers only.</summary>
    void OnRequest(MeshLink link, Http2Stream stream, HeaderList headers, bool endStream);

    /// <summary>So many streams more, or fewer, are open; each that was counted in is counted out, at the latest when the link closes.</summary>
    void OnStreams(MeshLink link, int change);

    /// <summary>A stream ended, or the peer allows another number of streams: there may be room for more.</summary>
    void OnCapacity(MeshLink link);

    /// <summary>The link takes no new streams any more.</summary>
    void OnDraining(MeshLink link);

    /// <summary>The link is gone; its streams were told before.</summary>
    /// <param name="fault">An error of our own that ended it, for the daemon's log; null for all that peers and networks do.</param>
    void OnClosed(MeshLink link, string reason, Exception? fault);
}
