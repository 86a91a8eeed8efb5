using NodeMesh.Http.Http1;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Sessions;

/// <summary>Counts what the peers of one loop's HTTP/2 connections did wrong. Loop thread only.</summary>
internal sealed class Http2Counters(MeshMetrics metrics, MetricShard shard)
{
    /// <summary>A connection was closed because its peer flooded it.</summary>
    public void Flooded(Http2Flood flood) => metrics.HttpFloods.Increment(shard, metrics.Floods.Resolve(flood.Label()));

    /// <summary>A stream was refused or reset because its peer broke a rule or a limit.</summary>
    public void StreamError(Http2StreamFault fault) => metrics.HttpStreamErrors.Increment(shard, metrics.StreamErrors.Resolve(fault.Label()));

    /// <summary>A connection was given up because its peer went silent.</summary>
    public void GivenUp(LostPeer how) => metrics.Http2ConnectionsGivenUp.Increment(shard, metrics.LostPeers.Resolve(how.Label));

    /// <summary>A header block did not end in time.</summary>
    public void SlowHead() => metrics.ProtocolBroken(shard, Http1ErrorKind.SlowHead, Http1Smuggling.None);
}
