using BenchmarkDotNet.Attributes;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Microbench.Benchmarks;

/// <summary>What is noted of each request and connection, on a loop's own shard.</summary>
[MemoryDiagnoser]
public class TelemetryBenchmarks
{
    private static readonly TimeSpan Duration = TimeSpan.FromMicroseconds(840);

    private readonly MetricShard _shard;
    private readonly MeshMetrics _metrics;
    private readonly RequestCounters _requests;
    private readonly Series _connections;

    public TelemetryBenchmarks()
    {
        var registry = new MetricRegistry(1, TimeProvider.System);
        _shard = registry.OfLoop(0);
        _metrics = new MeshMetrics(registry);
        var caller = new PeerLabels("web", "shop", "spiffe://bench.example/ns/shop/sa/web");
        var target = new PeerLabels("orders", "shop", "spiffe://bench.example/ns/shop/sa/orders");
        _requests = new RequestCounters(_metrics, new RequestLabels("source", caller, target, "shop/orders", RequestLabels.DefaultRoute, "http", "mutual_tls"));
        _connections = _metrics.RequestServices.Resolve("source", "shop/orders");
    }

    [Benchmark(Description = "a request counted, with its duration and sizes")]
    public void CountRequest()
    {
        _requests.Begin(_shard);
        _requests.End(_shard, new RequestOutcome(200), Duration, requestBytes: 120, responseBytes: 4_096);
    }

    [Benchmark(Description = "one counter")]
    public void Count() => _metrics.RequestRetries.Increment(_shard, _connections);

    [Benchmark(Description = "the row of two label values, found")]
    public Series Find() => _metrics.RequestServices.Resolve("source", "shop/orders");
}
