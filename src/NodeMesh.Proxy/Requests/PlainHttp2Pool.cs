using Microsoft.Extensions.Logging;
using NodeMesh.Http.Http2;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Requests;

/// <summary>The HTTP/2 connections of one loop to applications and outside endpoints, with prior knowledge and without TLS.</summary>
internal sealed partial class PlainHttp2Pool(
    EventLoop loop, UpstreamDialer dialer, Http2PoolOptions options, StreamMemory memory, ILogger<PlainHttp2Pool> logger)
    : Http2SessionPool<UpstreamKey>(loop, options)
{
    /// <summary>Open connections.</summary>
    public int Count { get; private set; }

    public override void OnStreams(Http2Session session, int change)
    {
    }

    protected override async ValueTask<(Http2Session? Session, DialFailure? Failure)> TryDialAsync(UpstreamKey key, IReadOnlyList<IpEndpoint> alternates)
    {
        var (carrier, failure) = await dialer.DialAsync(key, alternates, CancellationToken.None);
        return carrier is null ? (null, failure) : (new Http2Session(carrier, Http2Role.Client, Options, memory, this), null);
    }

    protected override void NoteOpened(Http2Session session) => Count++;

    protected override void NoteClosed(Http2Session session, string reason, Exception? fault)
    {
        Count--;
        if (fault is not null)
        {
            LogFailed(fault);
        }
    }

    protected override void NoteFault(Exception exception, UpstreamKey key) => LogFailed(exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "An HTTP/2 connection to an upstream failed inside the daemon.")]
    private partial void LogFailed(Exception exception);
}
