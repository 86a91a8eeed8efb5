using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Proxy.Sessions;

/// <summary>What takes the events of one stream of an <see cref="Http2Session"/>; stands in <see cref="Http2Stream.State"/>. On the session's loop.</summary>
internal abstract class Http2StreamHandler
{
    /// <summary>A session has it in the queue of those that wait for room.</summary>
    protected bool WaitsForRoom { get; private set; }

    /// <summary>The final response; clients only. Valid during the call, may be changed.</summary>
    public abstract void OnResponse(HeaderList headers, bool endStream);

    /// <summary>An interim response (1xx); clients only.</summary>
    public virtual void OnInformational(HeaderList headers)
    {
    }

    public abstract void OnData(ReadOnlySpan<byte> data, bool endStream);

    public abstract void OnTrailers(HeaderList trailers);

    /// <summary>The peer, the engine or the connection ended the stream early.</summary>
    public abstract void OnReset(Http2ErrorCode code);

    /// <summary>The peer has given credit, or the connection has room again.</summary>
    public abstract void OnWritable();

    /// <summary>Has <see cref="OnWritable"/> called once the connection takes more.</summary>
    public void WaitForRoom(Http2Session session)
    {
        if (!WaitsForRoom)
        {
            WaitsForRoom = true;
            session.WaitForRoom(this);
        }
    }

    /// <summary>The connection, for which it waited, has room.</summary>
    public void OnRoom()
    {
        WaitsForRoom = false;
        OnWritable();
    }
}
