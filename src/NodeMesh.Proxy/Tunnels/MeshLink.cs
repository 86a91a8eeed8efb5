using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Requests;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>One mutual TLS connection to or from another daemon, speaking HTTP/2. Made after the handshake; lives on one loop.</summary>
internal sealed class MeshLink : Http2Session
{
    private readonly TimeProvider _time;

    public MeshLink(TlsConnection connection, Http2Role role, MeshLinkOptions options, StreamMemory memory, Http2Counters counters, IHttp2SessionOwner owner)
        : base(connection, role, options, memory, counters, owner)
    {
        Connection = connection;
        _time = options.Time;
        connection.Closed = _ => Loop.Disarm(this);
    }

    public TlsConnection Connection { get; }

    /// <summary>What the requests on it have in common; servers only, and only once one came.</summary>
    public RequestScope? Requests { get; set; }

    /// <summary>The peer takes requests as streams of their own; else tunnels alone, as daemons of other meshes do.</summary>
    public bool TakesRequests => Connection.Session.Protocol == LinkProtocol.NodeMesh;

    /// <summary>The peer's certificate is past its end.</summary>
    public override bool HasExpired => Connection.Session.PeerNotAfter <= _time.GetUtcNow();

    /// <summary>Opens a CONNECT stream with these headers as a tunnel, or says why not.</summary>
    public MeshStream? TryOpenTunnel(HeaderList headers, out Http2OpenFailure failure)
    {
        var stream = new MeshStream(this);
        stream.Http2 = TryOpen(headers, endStream: false, stream, out failure);
        return stream.Http2 is null ? null : stream;
    }
}
