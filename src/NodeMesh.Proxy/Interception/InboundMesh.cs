using System.Text;
using Microsoft.Extensions.Logging;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Requests;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Interception;

/// <summary>
/// Serves the mesh links that other daemons open to this node: the handshake, then each CONNECT judged and carried to the application.
/// One per loop; a link stays on the loop it was handed to.
/// </summary>
internal sealed partial class InboundMesh(ProxyLoop worker) : IHttp2SessionOwner
{
    private readonly ILogger _logger = worker.Shared.Loggers.CreateLogger<InboundMesh>();
    private readonly HashSet<MeshLink> _links = [];
    private int _handshakes;
    private readonly HeaderList _response = new();
    private readonly MeshMetrics _metrics = worker.Shared.Metrics;
    private readonly Series _inbound = worker.Shared.Metrics.MeshLinks.Resolve("inbound");
    private readonly Series _full = worker.Shared.Metrics.Handshakes.Resolve("server", "full");
    private readonly Series _resumed = worker.Shared.Metrics.Handshakes.Resolve("server", "resumed");
    private readonly Series _failed = worker.Shared.Metrics.Handshakes.Resolve("server", "failed");

    /// <summary>The links that peers hold to this loop, those that drain among them.</summary>
    public IEnumerable<MeshLink> Links => _links;

    /// <summary>Takes a socket that was accepted, perhaps by another loop.</summary>
    public async Task HandleAsync(AcceptedSocket accepted)
    {
        var shared = worker.Shared;
        TlsConnection? connection = null;
        if (_links.Count + _handshakes >= shared.Links.MaxInboundLinks)
        {
            accepted.Socket.CloseWithReset();
            OnRefused(accepted, RefusalCode.Overload, $"the loop serves {shared.Links.MaxInboundLinks} mesh links already");
            return;
        }

        _handshakes++;
        try
        {
            var begun = shared.Time.GetTimestamp();
            var session = shared.TlsServer.CreateSession(accepted.Socket, accepted.Socket.LocalEndpoint);
            connection = new TlsConnection(worker.Loop, accepted.Socket, accepted.Peer, session);
            if (await connection.HandshakeAsync(shared.Options.HandshakeTimeout) is { } failure)
            {
                _metrics.HandshakeResults.Increment(worker.Shard, _failed);
                OnRefused(accepted, DialFailure.RefusalOf(failure), failure.Detail);
                return;
            }

            // From here on the link is judged anew with every change of trust; one that came during the handshake did not find it yet.
            if (session.JudgePeer(shared.TlsServer.Identities) is { } distrust)
            {
                connection.Abort();
                _metrics.HandshakeResults.Increment(worker.Shard, _failed);
                OnRefused(accepted, DialFailure.RefusalOf(distrust), distrust.Detail);
                return;
            }

            var result = session.WasResumed ? _resumed : _full;
            _metrics.HandshakeResults.Increment(worker.Shard, result);
            _metrics.HandshakeDuration.Record(worker.Shard, result, shared.Time.GetElapsedTime(begun));
            var link = new MeshLink(connection, Http2Role.Server, worker.LinkOptions, worker.Memory, worker.Http2Counters, this);
            _links.Add(link);
            _metrics.LinksOpened.Increment(worker.Shard, _inbound);
            _metrics.LinksOpen.Add(worker.Shard, _inbound, 1);
            link.Start();
            if (shared.IsDraining)
            {
                link.Drain();
            }
        }
        catch (Exception exception)
        {
            if (connection is null)
            {
                accepted.Socket.Close();
            }
            else
            {
                connection.Abort();
            }

            LogFailed(exception, accepted.Peer);
            OnRefused(accepted, RefusalCode.Internal, exception.Message);
        }
        finally
        {
            _handshakes--;
        }
    }

    /// <summary>Links that were made with these identities of ours take no new streams; peers make new ones.</summary>
    public void Retire(Func<SpiffeId, bool> which)
    {
        foreach (var link in _links.Where(link => which(link.Connection.Session.LocalId!)).ToArray())
        {
            link.Drain();
        }
    }

    public void CloseAll(string reason)
    {
        foreach (var link in _links.ToArray())
        {
            link.Close(reason);
        }
    }

    public void OnRequest(Http2Session session, Http2Stream stream, HeaderList headers, bool endStream)
    {
        var link = (MeshLink)session;
        if (!RequestLine.IsPlainConnect(headers))
        {
            worker.Exchanges.Begin(RequestsOf(link), link, stream, headers, endStream);
            return;
        }

        var tunnel = new MeshStream(link) { Http2 = stream };
        stream.State = tunnel;
        var connection = new ProxiedConnection(worker, ConnectionDirection.Mesh, link.Connection.Peer)
        {
            Via = link.Connection.Peer,
            Tls = link.Connection.Session,
            SourceIdentity = link.Connection.Session.PeerId,
        };

        // The headers are the engine's and gone after this call: all that is needed of them is taken now.
        var status = Judge(connection, link, headers);
        if (endStream)
        {
            tunnel.OnData(default, endStream: true);
        }

        _ = worker.Carrier.CarryAsync(connection, new InboundMeshClient(connection, tunnel, status, _response));
    }

    public HeaderList ReplyTooLarge(Http2Session session) => RequestsOf((MeshLink)session).ReplyTooLarge();

    public void OnStreams(Http2Session session, int change) => _metrics.LinkStreams.Add(worker.Shard, _inbound, change);

    public void OnCapacity(Http2Session session)
    {
    }

    public void OnDraining(Http2Session session)
    {
    }

    public void OnClosed(Http2Session session, string reason, Exception? fault)
    {
        var link = (MeshLink)session;
        _links.Remove(link);
        _metrics.LinksOpen.Add(worker.Shard, _inbound, -1);
        _metrics.LinksClosed.Increment(worker.Shard, _inbound);
        if (fault is null)
        {
            LogClosed(link.Connection.Peer, reason);
        }
        else
        {
            LogFailed(fault, link.Connection.Peer);
        }
    }

    private RequestScope RequestsOf(MeshLink link) => link.Requests ??= new MeshLinkScope(worker, link, worker.HttpOptions);

    /// <summary>Everything that can refuse a CONNECT for where it goes: the status for that, with the reason noted; null to go on.</summary>
    private string? Judge(ProxiedConnection connection, MeshLink link, HeaderList headers)
    {
        if (!IpEndpoint.TryParse(headers.GetString(KnownHeader.Authority), out var authority))
        {
            connection.Refuse(RefusalCode.ProtocolError, $"the CONNECT authority '{headers.GetString(KnownHeader.Authority)}' is no address and port");
            return "400";
        }

        connection.Destination = authority;
        if (headers.TryGet(KnownHeader.Forwarded, out var forwarded) && ForwardedClient.TryParse(forwarded, out var client))
        {
            // For the log alone. Policies judge by where the link comes from: a peer may tell what it likes.
            connection.Source = client;
        }

        if (worker.Shared.Snapshot is not { } snapshot)
        {
            connection.Refuse(RefusalCode.NoConfiguration, "the daemon has no configuration yet");
            return "503";
        }

        // A drain refuses nothing here: what a link still takes between its two GOAWAYs was under way, and the engine refuses what comes later.
        connection.JudgedUnder = snapshot;
        if (snapshot.FindInbound(authority) is not { } target)
        {
            connection.Refuse(RefusalCode.DestinationMismatch, $"no workload of this node serves {authority}");
            return "503";
        }

        var session = link.Connection.Session;
        if (link.HasExpired)
        {
            connection.Refuse(RefusalCode.TlsUntrusted, $"the peer's certificate expired at {session.PeerNotAfter:u}, and the link was made with it");
            return "401";
        }

        if (session.LocalId != target.Workload.Identity)
        {
            connection.Refuse(
                RefusalCode.DestinationMismatch, $"the link was made with {session.LocalId}, but {authority} is {target.Workload.Identity}");
            return "400";
        }

        if (headers.TryGet(MeshLinkPool.WorkloadHeader, out var named) && !named.SequenceEqual(Encoding.ASCII.GetBytes(target.Workload.FullName)))
        {
            connection.Refuse(
                RefusalCode.DestinationMismatch, $"the peer means the workload {Encoding.ASCII.GetString(named)}, but {authority} is {target.Workload}");
            return "400";
        }

        connection.Target = target;
        connection.Endpoint = target.Endpoint;
        connection.Facts = new ConnectionFacts(connection.SourceIdentity, link.Connection.Peer, authority, session.ServerName);
        return null;
    }

    private void OnRefused(AcceptedSocket accepted, RefusalCode code, string detail)
    {
        var connection = new ProxiedConnection(worker, ConnectionDirection.Mesh, accepted.Peer);
        connection.Refuse(code, detail);
        connection.End();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The mesh link from {Peer} closed: {Reason}.")]
    private partial void LogClosed(IpEndpoint peer, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A mesh link from {Peer} could not be served.")]
    private partial void LogFailed(Exception exception, IpEndpoint peer);
}
