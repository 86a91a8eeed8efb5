using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tests.Telemetry;

public sealed class MetricRegistryTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Counts_of_all_loops_and_pool_threads_are_one_sum()
    {
        var registry = new MetricRegistry(2, _time);
        var table = registry.FixedTable("kind");
        var counter = table.Counter("nodemesh_things", "Things.");
        var series = table.Resolve("a");

        counter.Add(registry.OfLoop(0), series, 5);
        counter.Increment(registry.OfLoop(1), series);
        Parallel.For(0, 1000, _ => counter.Increment(registry.Shared, series));

        Assert.Contains("nodemesh_things_total{kind=\"a\"} 1006\n", Scrape(registry), StringComparison.Ordinal);
    }

    [Fact]
    public void Concurrent_loops_lose_nothing_while_series_are_made_and_scraped()
    {
        const int Rounds = 20_000;
        var registry = new MetricRegistry(3, _time, new SeriesLimits { MaxSeries = 4000 });
        var table = registry.Table("kind");
        var counter = table.Counter("nodemesh_things", "Things.");
        var common = table.Resolve("common");
        var loops = Enumerable.Range(0, 3).Select(loop => new Thread(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                counter.Increment(registry.OfLoop(loop), common);
                counter.Increment(registry.OfLoop(loop), table.Resolve($"own {loop} {i % 1000}"));
            }
        })).ToArray();
        Array.ForEach(loops, thread => thread.Start());
        while (Array.Exists(loops, thread => thread.IsAlive))
        {
            Scrape(registry);
        }

        var text = Scrape(registry);
        Assert.Contains($"{{kind=\"common\"}} {3 * Rounds}\n", text, StringComparison.Ordinal);
        Assert.Equal(
            6L * Rounds,
            text.Split('\n').Where(line => line.StartsWith("nodemesh_things_total{", StringComparison.Ordinal)).Sum(line => long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void The_same_labels_are_the_same_series_and_others_are_not()
    {
        var table = new MetricRegistry(1, _time).Table("a", "b");
        table.Counter("nodemesh_things", "Things.");

        Assert.Same(table.Resolve("x", "y"), table.Resolve("x", "y"));
        Assert.NotSame(table.Resolve("ab", "c"), table.Resolve("a", "bc"));
        Assert.Same(table.Resolve(new string('l', 3000), "y"), table.Resolve(new string('l', 3000), "y"));
        Assert.Throws<ArgumentException>(() => table.Resolve("x"));
    }

    [Fact]
    public void Resolving_a_known_label_set_and_counting_allocate_nothing()
    {
        var registry = new MetricRegistry(1, _time);
        var metrics = new MeshMetrics(registry);
        var labels = new ConnectionLabels("source", new("a", "ns", "spiffe://x/ns/ns/sa/a"), PeerLabels.Unknown, "orders.shop", "tcp", "mutual_tls");
        var latency = metrics.ServiceTimes.Resolve("source", "orders.shop");
        metrics.Connection(labels);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            metrics.SentBytes.Add(registry.OfLoop(0), metrics.Connection(labels), 10);
            metrics.ConnectDuration.Record(registry.OfLoop(0), latency, TimeSpan.FromMicroseconds(i));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_idle_series_leaves_the_scrape_and_comes_back_with_its_count()
    {
        var registry = new MetricRegistry(1, _time, new SeriesLimits { IdleExpiry = TimeSpan.FromMinutes(10) });
        var table = registry.Table("kind");
        var counter = table.Counter("nodemesh_things", "Things.");
        var series = table.Resolve("a");
        counter.Add(registry.Shared, series, 7);
        Assert.Contains("nodemesh_things_total{kind=\"a\"} 7", Scrape(registry), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.DoesNotContain("nodemesh_things_total", Scrape(registry), StringComparison.Ordinal);

        counter.Increment(registry.Shared, series);
        Assert.Contains("nodemesh_things_total{kind=\"a\"} 8", Scrape(registry), StringComparison.Ordinal);
        Assert.Same(series, table.Resolve("a"));
    }

    [Fact]
    public void A_series_with_something_still_open_does_not_expire()
    {
        var registry = new MetricRegistry(1, _time, new SeriesLimits { IdleExpiry = TimeSpan.FromMinutes(10) });
        var table = registry.Table("kind");
        var open = table.Gauge("nodemesh_things_open", "Things.");
        open.Add(registry.Shared, table.Resolve("a"), 1);
        Scrape(registry);

        _time.Advance(TimeSpan.FromMinutes(11));

        Assert.Contains("nodemesh_things_open{kind=\"a\"} 1", Scrape(registry), StringComparison.Ordinal);
    }

    [Fact]
    public void An_idle_series_that_nobody_holds_is_forgotten_and_its_cells_start_again_at_zero()
    {
        var registry = new MetricRegistry(1, _time, new SeriesLimits { IdleExpiry = TimeSpan.FromMinutes(10) });
        var table = registry.Table("kind");
        var counter = table.Counter("nodemesh_things", "Things.");
        CountOnce(registry, table, counter);
        Scrape(registry);
        _time.Advance(TimeSpan.FromMinutes(11));
        Scrape(registry);
        Assert.Equal(1, table.Count);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Scrape(registry);

        Assert.Equal(0, table.Count);
        counter.Increment(registry.Shared, table.Resolve("b"));
        Assert.Contains("nodemesh_things_total{kind=\"b\"} 1\n", Scrape(registry), StringComparison.Ordinal);
    }

    [Fact]
    public void Label_sets_over_the_limit_are_folded_into_other_and_counted()
    {
        var registry = new MetricRegistry(1, _time, new SeriesLimits { MaxSeries = 3 });
        var table = registry.Table("kind");
        var counter = table.Counter("nodemesh_things", "Things.");
        for (var i = 0; i < 10; i++)
        {
            counter.Increment(registry.Shared, table.Resolve($"k{i}"));
        }

        var text = Scrape(registry);
        Assert.Contains("nodemesh_things_total{kind=\"other\"} 7\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_telemetry_series_folded_total{table=\"nodemesh_things\"} 7\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        var registry = new MetricRegistry(1, _time);
        var table = registry.Table("kind");
        table.Counter("nodemesh_things", "Things.");
        var held = table.Resolve("a\"b\\c\nd é");

        Assert.Contains("{kind=\"a\\\"b\\\\c\\nd é\"} 0\n", Scrape(registry), StringComparison.Ordinal);
        GC.KeepAlive(held);
    }

    [Fact]
    public void Durations_fall_into_cumulative_buckets_in_seconds()
    {
        var registry = new MetricRegistry(1, _time);
        var table = registry.FixedTable();
        var histogram = table.Histogram("nodemesh_wait_seconds", "Waits.");
        var series = table.Resolve();
        histogram.Record(registry.OfLoop(0), series, TimeSpan.FromMicroseconds(50));
        histogram.Record(registry.OfLoop(0), series, TimeSpan.FromMicroseconds(51));
        histogram.Record(registry.Shared, series, TimeSpan.FromSeconds(90));
        histogram.Record(registry.Shared, series, TimeSpan.FromSeconds(-1));

        var text = Scrape(registry, ExpositionFormat.OpenMetrics);
        Assert.Contains("# TYPE nodemesh_wait_seconds histogram\n# UNIT nodemesh_wait_seconds seconds\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_wait_seconds_bucket{le=\"0.00005\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_wait_seconds_bucket{le=\"0.00007\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_wait_seconds_bucket{le=\"60.0\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_wait_seconds_bucket{le=\"+Inf\"} 4\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_wait_seconds_count 4\n", text, StringComparison.Ordinal);
        Assert.Contains("nodemesh_wait_seconds_sum 90.000101\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_duration_lies_under_its_bucket_bound_and_over_the_one_before()
    {
        var random = new Random(7);
        var bounds = DurationBuckets.UpperBounds.ToArray();
        Assert.Equal(bounds.Order(), bounds);
        for (var i = 0; i < 10_000; i++)
        {
            var value = (long)Math.Exp(random.NextDouble() * 27);
            var index = DurationBuckets.Buckets.IndexOf(value);
            Assert.True((index == bounds.Length || value <= bounds[index]) && (index == 0 || value > bounds[index - 1]));
        }

        Assert.All(bounds.Zip(bounds.Skip(1)), pair => Assert.InRange((double)pair.Second / pair.First, 1.1, 1.67));
    }

    [Fact]
    public void OpenMetrics_ends_with_its_end_mark_and_names_counters_without_total()
    {
        var registry = new MetricRegistry(1, _time);
        registry.ObserveBuild("1.2.3");
        var metrics = new MeshMetrics(registry);
        metrics.Refused(registry.Shared, "source", RefusalCode.DeniedByPolicy, "shop/orders");

        var text = Scrape(registry, ExpositionFormat.OpenMetrics);
        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE nodemesh_tcp_connections_refused counter\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "nodemesh_tcp_connections_refused_total{reporter=\"source\",refusal=\"denied-by-policy\",destination_service=\"shop/orders\"} 1\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains("nodemesh_build_info{version=\"1.2.3\"} 1\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, ExpositionFormat.PrometheusText)]
    [InlineData("*/*", ExpositionFormat.PrometheusText)]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", ExpositionFormat.OpenMetrics)]
    [InlineData("text/plain, application/openmetrics-text; q=0", ExpositionFormat.PrometheusText)]
    public void The_format_is_what_the_client_accepts(string? accept, ExpositionFormat expected) =>
        Assert.Equal(expected, ExpositionFormats.Choose(accept));

    [Fact]
    public void Promtool_finds_nothing_wrong_with_any_metric_of_the_daemon()
    {
        var registry = new MetricRegistry(2, _time);
        var metrics = new MeshMetrics(registry);
        registry.ObserveBuild("1.2.3");
        registry.ObserveEndpoints(o => o.Report(1, "shop/orders", "192.0.2.1:80", "healthy"));
        registry.ObserveEndpointConnections(o => o.Report(3, "shop/orders", "192.0.2.1:80"));
        registry.ObserveCertificates(o => o.Report(1.9e9, "spiffe://x/ns/a/sa/b", "svid"));
        registry.ObserveConfigurationRevision(o => o.Report(12));
        registry.ObserveConfigurationAge(o => o.Report(0.5));
        registry.ObserveConfigurationWarnings(o => o.Report(0));
        registry.ObserveLoopBusyTime(o => o.Report(1.25, "0"));
        registry.ObserveLoopConnections(o => o.Report(2, "0"));
        registry.ObserveBuffers(o => o.Report(65536, "loop-0", "free"));
        foreach (var table in typeof(MeshMetrics).GetProperties().Select(p => p.GetValue(metrics)).OfType<SeriesTable>())
        {
            var values = Enumerable.Range(0, table.Labels.Count).Select(i => $"value \"{i}\"\\").ToArray();
            Assert.NotNull(table.Resolve(values));
        }

        var text = Scrape(registry);
        Assert.All(
            typeof(MeshMetrics).GetProperties().Select(p => p.GetValue(metrics)).OfType<MetricColumn>(),
            column => Assert.Contains(column.Description.Name, text, StringComparison.Ordinal));
        var (exitCode, output) = Promtool(text);
        Assert.True(exitCode == 0 && output.Length == 0, output);
    }

    private static void CountOnce(MetricRegistry registry, SeriesTable table, CounterColumn counter) =>
        counter.Add(registry.Shared, table.Resolve("a"), 7);

    private static string Scrape(MetricRegistry registry, ExpositionFormat format = ExpositionFormat.PrometheusText)
    {
        var buffer = new ArrayBufferWriter<byte>();
        registry.Write(buffer, format);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static (int ExitCode, string Output) Promtool(string text)
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(text);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
