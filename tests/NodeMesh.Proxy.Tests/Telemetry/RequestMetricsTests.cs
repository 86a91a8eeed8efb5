using System.Buffers;
using System.Text;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tests.Telemetry;

public sealed class RequestMetricsTests
{
    private static readonly RequestLabels Labels = new(
        "source",
        new("web", "shop", "spiffe://mesh/ns/shop/sa/web"),
        new("orders-1", "shop", "spiffe://mesh/ns/shop/sa/orders"),
        "shop/orders",
        RequestLabels.DefaultRoute,
        "grpc",
        "mutual_tls");

    private readonly MetricRegistry _registry = new(1, new ManualTime());
    private readonly MeshMetrics _metrics;

    public RequestMetricsTests()
    {
        _metrics = new MeshMetrics(_registry);
    }

    private MetricShard Shard => _registry.OfLoop(0);

    [Fact]
    public void A_request_is_counted_with_its_labels_and_outcome()
    {
        var counters = new RequestCounters(_metrics, Labels);
        counters.Begin(Shard);
        Assert.Contains("nodemesh_requests_in_flight{reporter=\"source\",destination_service=\"shop/orders\"} 1\n", Scrape(), StringComparison.Ordinal);
        counters.End(Shard, new RequestOutcome(200, 14, RefusalCode.NoHealthyEndpoint), TimeSpan.FromMicroseconds(120), 300, 5000);

        var text = Scrape();
        Assert.Contains(
            "nodemesh_requests_total{reporter=\"source\",source_workload=\"web\",source_workload_namespace=\"shop\","
            + "source_principal=\"spiffe://mesh/ns/shop/sa/web\",destination_workload=\"orders-1\",destination_workload_namespace=\"shop\","
            + "destination_principal=\"spiffe://mesh/ns/shop/sa/orders\",destination_service=\"shop/orders\",route=\"default\",request_protocol=\"grpc\","
            + "response_code=\"200\",grpc_response_status=\"14\",response_flags=\"UH\",connection_security_policy=\"mutual_tls\"} 1\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains("nodemesh_requests_in_flight{reporter=\"source\",destination_service=\"shop/orders\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "nodemesh_requests_refused_total{reporter=\"source\",refusal=\"no-healthy-endpoint\",destination_service=\"shop/orders\"} 1\n",
            text,
            StringComparison.Ordinal);
        Assert.Equal(0, Bucket(text, "nodemesh_request_duration_seconds", "0.0001"));
        Assert.Equal(1, Bucket(text, "nodemesh_request_duration_seconds", "0.00015"));
        Assert.Equal(0, Bucket(text, "nodemesh_request_size_bytes", "256.0"));
        Assert.Equal(1, Bucket(text, "nodemesh_request_size_bytes", "1024.0"));
        Assert.Equal(1, Bucket(text, "nodemesh_response_size_bytes", "16384.0"));
        Assert.Contains("nodemesh_response_size_bytes_sum{reporter=\"source\"", text, StringComparison.Ordinal);
        Assert.Contains("response_code=\"200\"} 5000\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, -1, "response_code=\"0\",grpc_response_status=\"\",response_flags=\"-\"")]
    [InlineData(418, 0, "response_code=\"418\",grpc_response_status=\"0\",response_flags=\"-\"")]
    [InlineData(999, 17, "response_code=\"other\",grpc_response_status=\"other\",response_flags=\"-\"")]
    [InlineData(-5, int.MaxValue, "response_code=\"other\",grpc_response_status=\"other\",response_flags=\"-\"")]
    public void What_a_peer_sends_as_a_status_makes_no_labels_without_end(int status, int grpcStatus, string labels)
    {
        new RequestCounters(_metrics, Labels).End(Shard, new RequestOutcome(status, grpcStatus), TimeSpan.Zero, 0, 0);

        Assert.Contains(labels, Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void More_outcomes_than_are_remembered_are_counted_all_the_same()
    {
        var counters = new RequestCounters(_metrics, Labels);
        for (var round = 0; round < 2; round++)
        {
            for (var status = 200; status < 240; status++)
            {
                counters.Begin(Shard);
                counters.End(Shard, new RequestOutcome(status), TimeSpan.Zero, 0, 0);
            }
        }

        var lines = Scrape().Split('\n').Where(line => line.StartsWith("nodemesh_requests_total{", StringComparison.Ordinal)).ToArray();
        Assert.Equal(40, lines.Length);
        Assert.All(lines, line => Assert.EndsWith(" 2", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Retries_are_counted_and_so_are_those_that_the_budget_forbids()
    {
        var counters = new RequestCounters(_metrics, Labels);
        counters.Retried(Shard);
        counters.Retried(Shard);
        counters.RetryOverBudget(Shard);

        var text = Scrape();
        Assert.Contains("nodemesh_request_retries_total{reporter=\"source\",destination_service=\"shop/orders\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "nodemesh_request_retries_over_budget_total{reporter=\"source\",destination_service=\"shop/orders\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Pools_show_what_they_hold_and_what_they_refused()
    {
        var pool = new PoolCounters(_metrics, "shop/orders");
        pool.Connections(Shard, 1);
        pool.Connections(Shard, 1);
        pool.Connections(Shard, -1);
        pool.Idle(Shard, 1);
        pool.Pending(Shard, 3);
        pool.Overflow(Shard, "maxPendingRequests");

        var text = Scrape();
        Assert.Contains("nodemesh_upstream_connections{destination_service=\"shop/orders\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_upstream_connections_opened_total{destination_service=\"shop/orders\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_upstream_connections_idle{destination_service=\"shop/orders\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_upstream_requests_pending{destination_service=\"shop/orders\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "nodemesh_upstream_overflows_total{destination_service=\"shop/orders\",limit=\"maxPendingRequests\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Counting_a_request_allocates_nothing()
    {
        var counters = new RequestCounters(_metrics, Labels);
        var shard = Shard;
        Count();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Count();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Count()
        {
            counters.Begin(shard);
            counters.End(shard, new RequestOutcome(503, Refusal: RefusalCode.NoHealthyEndpoint), TimeSpan.FromMilliseconds(1), 10, 20);
            _ = _metrics.Request(Labels, new RequestOutcome(503, Refusal: RefusalCode.NoHealthyEndpoint));
        }
    }

    private static long Bucket(string text, string metric, string bound) => text.Split('\n')
        .Where(line => line.StartsWith(metric + "_bucket{", StringComparison.Ordinal) && line.Contains($"le=\"{bound}\"", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture))
        .Single();

    private string Scrape()
    {
        var buffer = new ArrayBufferWriter<byte>();
        _registry.Write(buffer, ExpositionFormat.PrometheusText);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
