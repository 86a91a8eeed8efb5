using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>One mutual TLS connection to or from another daemon, speaking HTTP/2. Made after the handshake; lives on one loop.</summary>
internal sealed class MeshLink : Http2Session
{
    private readonly TimeProvider _time;

    public MeshLink(TlsConnection connection, Http2Role role, MeshLinkOptions options, StreamMemory memory, IHttp2SessionOwner owner)
        : base(connection, role, options, memory, owner)
    {
        Connection = connection;
        _time = options.Time;
        connection.Closed = _ => Loop.Disarm(this);
    }

    /// <summary>What a refusal is called between our daemons (never passed on to an application).</summary>
    public static ReadOnlySpan<byte> RefusedHeader => "nodemesh-refused"u8;

    public TlsConnection Connection { get; }

    /// <summary>The peer's certificate is past its end.</summary>
    public override bool HasExpired => Connection.Session.PeerNotAfter <= _time.GetUtcNow();

    /// <summary>The pool's group that keeps it; null on the accepting side.</summary>
    public MeshLinkGroup? Group { get; set; }

    /// <summary>Opens a CONNECT stream with these headers, or says why not.</summary>
    public MeshStream? TryOpen(HeaderList headers, out Http2OpenFailure failure)
    {
        var stream = new MeshStream(this);
        if (!Engine.TryOpenStream(headers, endStream: false, stream, out var http2, out failure))
        {
            return null;
        }

        stream.Http2 = http2;
        NoteStreams();
        Flush();
        return stream;
    }
}
