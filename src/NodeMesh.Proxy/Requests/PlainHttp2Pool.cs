using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// The HTTP/2 connections of one loop to applications and outside endpoints, with prior knowledge and without TLS of their own: over TCP, or inside
/// tunnels.
/// </summary>
internal sealed partial class PlainHttp2Pool(
    EventLoop loop, UpstreamDialer dialer, Http2PoolOptions options, StreamMemory memory, Http2Counters counters, MetricShard shard, ILogger<PlainHttp2Pool> logger)
    : Http2SessionPool<UpstreamKey>(loop, options)
{
    private readonly Dictionary<UpstreamKey, PoolCounters> _services = [];

    /// <summary>Open connections.</summary>
    public int Count { get; private set; }

    /// <summary>Waits for a connection with room; one that is made for it counts as the service's.</summary>
    public ValueTask<DialFailure?> WaitAsync(UpstreamKey key, IReadOnlyList<IpEndpoint> alternates, PoolCounters service, CancellationToken cancellation)
    {
        _services[key] = service;
        return WaitAsync(key, alternates, timeout: null, cancellation);
    }

    public override void OnStreams(Http2Session session, int change) => ((PlainHttp2Session)session).CountIdle(session.Engine.ActiveStreams == 0);

    protected override void OnForgotten(in UpstreamKey key) => _services.Remove(key);

    protected override async ValueTask<(Http2Session? Session, DialFailure? Failure)> TryDialAsync(UpstreamKey key, IReadOnlyList<IpEndpoint> alternates)
    {
        var (carrier, failure) = await dialer.DialAsync(key, alternates, null, CancellationToken.None);
        return carrier is null ? (null, failure) : (new PlainHttp2Session(carrier, Options, memory, counters, this, _services[key], shard), null);
    }

    protected override void NoteOpened(Http2Session session)
    {
        Count++;
        ((PlainHttp2Session)session).CountOpened();
    }

    protected override void NoteClosed(Http2Session session, string reason, Exception? fault)
    {
        Count--;
        ((PlainHttp2Session)session).CountClosed();
        if (fault is not null)
        {
            LogFailed(fault);
        }
    }

    protected override void NoteFault(Exception exception, UpstreamKey key) => LogFailed(exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "An HTTP/2 connection to an upstream failed inside the daemon.")]
    private partial void LogFailed(Exception exception);
}
