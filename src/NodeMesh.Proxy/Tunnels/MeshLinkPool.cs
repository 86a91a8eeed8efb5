using System.Globalization;
using Microsoft.Extensions.Logging;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>
/// The outgoing mesh links of one loop: one per source identity, destination identity and address, more when its streams run out. A dial is
/// made once for all who wait, and its failure reaches all of them. A link leaves the pool when it drains, fails, its certificate was replaced or
/// its endpoint is gone.
/// </summary>
internal sealed partial class MeshLinkPool(
    EventLoop loop,
    TlsClientContext tls,
    ConnectOptions connect,
    MeshLinkOptions options,
    StreamMemory memory,
    Http2Counters counters,
    MeshMetrics metrics,
    MetricShard shard,
    ILogger<MeshLinkPool> logger) : Http2SessionPool<MeshLinkKey>(loop, options)
{
    /// <summary>Names the workload that is meant, since an address may have changed hands; only mesh peers send it, no application sees it.</summary>
    public static ReadOnlySpan<byte> WorkloadHeader => "nodemesh-workload"u8;

    /// <summary>
    /// How often one connection may meet a link that turns out to be full, draining or dead before the far side counts as overloaded. Above the
    /// links per key: until its SETTINGS come, a link is taken to allow 100 streams, and a peer that allows few refuses most of them each time.
    /// </summary>
    private const int MaxAttempts = 16;

    /// <summary>How many other addresses of a node one dial tries: as many as their connect timeouts fit into the wait of those who want the link.</summary>
    public const int MaxAlternates = 2;

    private readonly HeaderList _headers = new();
    private readonly Series _outbound = metrics.MeshLinks.Resolve("outbound");
    private readonly Series _full = metrics.Handshakes.Resolve("client", "full");
    private readonly Series _resumed = metrics.Handshakes.Resolve("client", "resumed");
    private readonly Series _failed = metrics.Handshakes.Resolve("client", "failed");

    /// <summary>Called when a link of this key begins to take no new streams.</summary>
    public Action<MeshLinkKey>? Drained { get; set; }

    private MeshLinkOptions LinkOptions => (MeshLinkOptions)Options;

    /// <summary>All links, those that drain among them.</summary>
    public IEnumerable<MeshLink> Links => All.Cast<MeshLink>();

    /// <summary>Opens a tunnel to the endpoint, speaking as <paramref name="source"/>.</summary>
    /// <param name="forwarded">Whom it is for, told to the far side (RFC 7239); null where that changes from request to request.</param>
    /// <param name="timeout">For a link, with each address of its node; null for the pool's own.</param>
    /// <param name="cancellation">Cancelled on the loop when the client leaves: it stops waiting at once; a dial goes on for others.</param>
    public async ValueTask<MeshOpenResult> OpenAsync(
        SpiffeId source, Endpoint endpoint, string? forwarded, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        var key = MeshLinkKey.For(source, endpoint);
        var within = timeout * (1 + Math.Min(endpoint.Alternates.Count, MaxAlternates));
        for (var attempt = 1; ; attempt++)
        {
            if (Find(key) is not MeshLink link)
            {
                if (await WaitAsync(key, endpoint.Alternates, within, cancellation) is { } failure)
                {
                    return new MeshOpenResult(null, failure.Refusal, failure.Detail);
                }
            }
            else if (TryOpen(link, endpoint, forwarded) is { } stream)
            {
                var wasInUse = link.Engine is { IsEstablished: true, StreamsOpened: > 1 };
                var openedAt = Loop.NowMilliseconds;
                var response = await stream.WaitForResponseAsync(LinkOptions.ResponseTimeout, cancellation);
                if (response.IsSuccess)
                {
                    return new MeshOpenResult(stream, RefusalCode.None, null);
                }

                stream.Dispose();
                if (cancellation.IsCancellationRequested)
                {
                    return new MeshOpenResult(null, RefusalCode.DownstreamClosed, DialFailure.Abandoned.Detail);
                }

                if (response.IsTimeout && link.LastReceived <= openedAt)
                {
                    // Not a word since: the peer may have vanished. The next connection tries afresh, while the keepalive finds out.
                    link.Drain();
                }

                // A link that died while it lay in the pool says nothing of its peer, and no byte of the application is lost: once more, on a new one.
                if (!response.IsUnprocessed && !(response.IsBroken && wasInUse && link.IsClosed))
                {
                    return Refused(link, endpoint, response);
                }
            }

            if (attempt == MaxAttempts)
            {
                return new MeshOpenResult(null, RefusalCode.Overload, $"no free stream on the mesh links to {endpoint}");
            }
        }
    }

    public override void OnDraining(Http2Session session)
    {
        base.OnDraining(session);
        Drained?.Invoke(KeyOf(session));
    }

    public override void OnStreams(Http2Session session, int change) => metrics.LinkStreams.Add(shard, _outbound, change);

    protected override void OnWaiters(int change) => metrics.LinkWaiters.Add(shard, _outbound, change);

    protected override void NoteOpened(Http2Session session)
    {
        metrics.LinksOpened.Increment(shard, _outbound);
        metrics.LinksOpen.Add(shard, _outbound, 1);
    }

    protected override void NoteClosed(Http2Session session, string reason, Exception? fault)
    {
        metrics.LinksOpen.Add(shard, _outbound, -1);
        metrics.LinksClosed.Increment(shard, _outbound);
        var peer = ((MeshLink)session).Connection.Peer;
        if (fault is null)
        {
            LogClosed(peer, reason);
        }
        else
        {
            LogFault(fault, peer);
        }
    }

    protected override void NoteFault(Exception exception, MeshLinkKey key) => LogFault(exception, key.Address);

    private static MeshOpenResult Refused(MeshLink link, Endpoint endpoint, in MeshResponse response)
    {
        if (response.IsBroken && !link.Engine.IsEstablished && link.Connection.Session.Failure is { } tls)
        {
            // In TLS 1.3 the client is done before the server has judged its certificate: a refusal comes after the handshake.
            return new MeshOpenResult(null, DialFailure.RefusalOf(tls), $"TLS with the daemon of {endpoint}: {tls.Detail}");
        }

        var refusal = (response.Refusal is null ? null : RefusalCodes.Parse(response.Refusal)) ?? response switch
        {
            { IsTimeout: true } => RefusalCode.Timeout,
            { IsBroken: true } => RefusalCode.UpstreamClosed,
            { Status: 400 } => RefusalCode.DestinationMismatch,
            { Status: 401 or 403 } => RefusalCode.DeniedByPolicy,
            { Status: 503 } => RefusalCode.ConnectFailed,
            _ => RefusalCode.ProtocolError,
        };
        var answer = response switch
        {
            { IsTimeout: true } => "did not answer in time",
            { IsBroken: true } => link.IsClosed ? $"is gone: {link.CloseReason}" : "ended the stream",
            _ => $"answered {response.Status}",
        };
        return new MeshOpenResult(null, refusal, string.Create(CultureInfo.InvariantCulture, $"the daemon of {endpoint} {answer}"));
    }

    private MeshStream? TryOpen(MeshLink link, Endpoint endpoint, string? forwarded)
    {
        _headers.Clear();
        _headers.Add(KnownHeader.Method, "CONNECT");
        _headers.Add(KnownHeader.Authority, $"{endpoint.Address}");
        if (forwarded is not null)
        {
            _headers.Add("forwarded", forwarded);
        }

        if (link.TakesRequests)
        {
            _headers.Add(WorkloadHeader, endpoint.WorkloadText);
        }

        return link.TryOpenTunnel(_headers, out _);
    }

    protected override async ValueTask<(Http2Session? Session, DialFailure? Failure)> TryDialAsync(
        MeshLinkKey key, IReadOnlyList<IpEndpoint> alternates)
    {
        var address = key.Address;
        var socket = (await Connector.ConnectSocketAsync(Loop, address, connect)).Socket;
        for (var next = 0; !socket.IsOpen && !IsClosed && next < Math.Min(alternates.Count, MaxAlternates); next++)
        {
            address = alternates[next];
            socket = (await Connector.ConnectSocketAsync(Loop, address, connect)).Socket;
        }

        if (!socket.IsOpen)
        {
            return (null, DialFailure.FromConnect("the daemon", address, -socket.Value));
        }

        TlsSession session;
        try
        {
            session = tls.CreateSession(socket, key.Source, address, key.Destination);
        }
        catch (TlsException exception)
        {
            socket.Close();
            return (null, new DialFailure(RefusalCode.TlsHandshake, exception.Message));
        }

        var begun = Options.Time.GetTimestamp();
        var connection = new TlsConnection(Loop, socket, address, session);
        try
        {
            if (await connection.HandshakeAsync(Options.HandshakeTimeout) is { } failure)
            {
                metrics.HandshakeResults.Increment(shard, _failed);
                return (null, DialFailure.FromTls(address, failure));
            }
        }
        catch
        {
            connection.Abort();
            throw;
        }

        // As InboundMesh: trust that changed during the handshake.
        if (session.JudgePeer(tls.Identities) is { } distrust)
        {
            connection.Abort();
            metrics.HandshakeResults.Increment(shard, _failed);
            return (null, DialFailure.FromTls(address, distrust));
        }

        var result = session.WasResumed ? _resumed : _full;
        metrics.HandshakeResults.Increment(shard, result);
        metrics.HandshakeDuration.Record(shard, result, Options.Time.GetElapsedTime(begun));
        return (new MeshLink(connection, Http2Role.Client, LinkOptions, memory, counters, this), null);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The mesh link to {Peer} closed: {Reason}.")]
    private partial void LogClosed(IpEndpoint peer, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The mesh link to {Peer} failed inside the daemon.")]
    private partial void LogFault(Exception exception, IpEndpoint peer);
}
