using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Requests;

/// <summary>A connection of a <see cref="PlainHttp2Pool"/>, counted as that of the service it was made for. Lives on one loop.</summary>
internal sealed class PlainHttp2Session(
    ILoopDuplex carrier, Http2SessionOptions options, StreamMemory memory, Http2Counters http2, IHttp2SessionOwner owner, PoolCounters counters, MetricShard shard)
    : Http2Session(carrier, Http2Role.Client, options, memory, http2, owner)
{
    private bool _isIdle;

    /// <summary>The certificate of the peer whose link it runs inside is past its end.</summary>
    public override bool HasExpired => Carrier is MeshStream { Link.HasExpired: true };

    public void CountOpened()
    {
        counters.Connections(shard, 1);
        CountIdle(true);
    }

    public void CountClosed()
    {
        counters.Connections(shard, -1);
        CountIdle(false);
    }

    /// <summary>Notes whether it carries a request now.</summary>
    public void CountIdle(bool isIdle)
    {
        if (isIdle != _isIdle)
        {
            _isIdle = isIdle;
            counters.Idle(shard, isIdle ? 1 : -1);
        }
    }

    protected override void OnEnded() => (Carrier as MeshStream)?.Dispose();
}
