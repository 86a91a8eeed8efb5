using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Proxy.Sessions;

/// <summary>What an HTTP/2 connection tells whoever keeps it. On its loop.</summary>
internal interface IHttp2SessionOwner
{
    /// <summary>
    /// A peer asks for something; the headers are valid during the call only, and may be changed. The owner gives the stream a
    /// <see cref="Http2StreamHandler"/>. Servers only.
    /// </summary>
    void OnRequest(Http2Session session, Http2Stream stream, HeaderList headers, bool endStream);

    /// <summary>A request whose headers are above the limits: notes it, and gives what it is answered with, valid until the next. Servers only.</summary>
    HeaderList ReplyTooLarge(Http2Session session);

    /// <summary>So many streams more, or fewer, are open; each that was counted in is counted out, at the latest when the connection closes.</summary>
    void OnStreams(Http2Session session, int change);

    /// <summary>A stream ended, or the peer allows another number of streams: there may be room for more.</summary>
    void OnCapacity(Http2Session session);

    /// <summary>The connection takes no new streams any more.</summary>
    void OnDraining(Http2Session session);

    /// <summary>The connection is gone; its streams were told before.</summary>
    /// <param name="fault">An error of our own that ended it, for the daemon's log; null for all that peers and networks do.</param>
    void OnClosed(Http2Session session, string reason, Exception? fault);
}
