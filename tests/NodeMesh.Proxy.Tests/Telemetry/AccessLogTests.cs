using System.Globalization;
using System.Text;
using System.Text.Json;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tests.Telemetry;

public sealed class AccessLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nodemesh-access-log").FullName;
    private readonly MeshMetrics _metrics = new(new MetricRegistry(1, TimeProvider.System));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_connection_is_one_JSON_line_with_all_its_fields()
    {
        var path = Path.Combine(_folder, "access.log");
        await using (var log = new AccessLog(new AccessLogFile(path), _metrics))
        {
            var entry = log.Rent(_metrics.Registry.Shared)!;
            entry.Time = new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
            entry.ConnectionId = 42;
            entry.Direction = AccessLogDirection.Inbound;
            entry.Source.Address = Address("[2001:db8::1]:40000");
            entry.Source.Principal = "spiffe://mesh/ns/shop/sa/web";
            entry.Destination.Address = Address("192.0.2.7:80");
            entry.Destination.Endpoint = Address("127.0.0.1:8080");
            entry.Destination.Service = "shop/orders";
            entry.Destination.Workload = "shop/orders-1";
            entry.Protocol = "tcp";
            entry.Refusal = RefusalCode.DeniedByPolicy;
            entry.Detail = "a \"quoted\" detail\n";
            entry.Policy = "shop/only-web[0]";
            entry.BytesReceived = 10;
            entry.BytesSent = 20;
            entry.Duration = TimeSpan.FromMicroseconds(1500);
            entry.ConnectDuration = TimeSpan.FromMicroseconds(250);
            entry.Tries = 2;
            entry.Tls = new AccessLogTls { Version = "TLSv1.3", Cipher = "TLS_AES_128_GCM_SHA256", Resumed = true };
            log.Write(entry);
        }

        var line = Assert.Single(await File.ReadAllLinesAsync(path));
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        Assert.Equal("2030-01-02T03:04:05.678000Z", root.GetProperty("time").GetString());
        Assert.Equal(42, root.GetProperty("connection").GetInt64());
        Assert.Equal("inbound", root.GetProperty("direction").GetString());
        Assert.Equal("[2001:db8::1]:40000", root.GetProperty("source").GetProperty("address").GetString());
        Assert.Equal("spiffe://mesh/ns/shop/sa/web", root.GetProperty("source").GetProperty("principal").GetString());
        Assert.False(root.GetProperty("source").TryGetProperty("workload", out _));
        Assert.Equal("127.0.0.1:8080", root.GetProperty("destination").GetProperty("endpoint").GetString());
        Assert.Equal("shop/orders", root.GetProperty("destination").GetProperty("service").GetString());
        Assert.Equal("UAEX", root.GetProperty("flags").GetString());
        Assert.Equal("denied-by-policy", root.GetProperty("refusal").GetString());
        Assert.Equal("a \"quoted\" detail\n", root.GetProperty("detail").GetString());
        Assert.Equal("shop/only-web[0]", root.GetProperty("policy").GetString());
        Assert.Equal(10, root.GetProperty("bytes_received").GetInt64());
        Assert.Equal(20, root.GetProperty("bytes_sent").GetInt64());
        Assert.Equal(1.5, root.GetProperty("duration_ms").GetDouble());
        Assert.Equal(0.25, root.GetProperty("connect_ms").GetDouble());
        Assert.Equal(2, root.GetProperty("tries").GetInt32());
        Assert.True(root.GetProperty("tls").GetProperty("resumed").GetBoolean());
    }

    [Fact]
    public async Task An_entry_used_again_shows_nothing_of_its_last_connection()
    {
        using var stream = new MemoryStream();
        await using (var log = new AccessLog(new AccessLogStream(stream), _metrics, capacity: 1))
        {
            var first = log.Rent(_metrics.Registry.Shared)!;
            first.Source.Principal = "spiffe://mesh/secret";
            first.Refusal = RefusalCode.Timeout;
            log.Write(first);
            AccessLogEntry? second = null;
            Assert.True(SpinWait.SpinUntil(() => (second = log.Rent(_metrics.Registry.Shared)) is not null, TimeSpan.FromSeconds(10)));
            log.Write(second!);
        }

        var lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.DoesNotContain("secret", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("refusal", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stalled_output_costs_lines_but_never_blocks_a_loop()
    {
        using var output = new StallingOutput();
        var log = new AccessLog(output, _metrics, capacity: 4);
        var written = 0;
        for (var i = 0; i < 50; i++)
        {
            if (log.Rent(_metrics.Registry.OfLoop(0)) is { } entry)
            {
                log.Write(entry);
                written++;
            }
        }

        output.Go.Set();
        await log.DisposeAsync();

        Assert.InRange(written, 4, 8);
        Assert.Equal(written, output.Lines);
        Assert.Equal((written, 50 - written, 0), Counts());
    }

    [Fact]
    public async Task A_log_that_is_off_takes_no_entries_and_drops_none()
    {
        await using var log = new AccessLog(output: null, _metrics);

        Assert.Null(log.Rent(_metrics.Registry.Shared));
        Assert.Equal((0, 0, 0), Counts());
    }

    [Fact]
    public async Task Every_line_of_many_threads_arrives_once()
    {
        using var stream = new MemoryStream();
        await using (var log = new AccessLog(new AccessLogStream(stream), _metrics, capacity: 20_000))
        {
            Parallel.For(0, 10_000, i =>
            {
                var entry = log.Rent(_metrics.Registry.Shared)!;
                entry.ConnectionId = i;
                log.Write(entry);
            });
        }

        var ids = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Id).Order();
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => (long)i), ids);
    }

    [Fact]
    public async Task After_a_rotation_lines_go_to_a_new_file()
    {
        var path = Path.Combine(_folder, "access.log");
        await using (var log = new AccessLog(new AccessLogFile(path), _metrics))
        {
            Write(log, 1);
            Assert.True(SpinWait.SpinUntil(() => File.Exists(path) && new FileInfo(path).Length > 0, TimeSpan.FromSeconds(10)));
            File.Move(path, path + ".1");
            log.Reopen();
            Write(log, 2);
        }

        Assert.Equal(1, Id(Assert.Single(await File.ReadAllLinesAsync(path + ".1"))));
        Assert.Equal(2, Id(Assert.Single(await File.ReadAllLinesAsync(path))));
    }

    [Fact]
    public async Task A_full_disk_is_counted_and_writing_goes_on_when_there_is_space()
    {
        // Opening a link to /dev/full gives the kernel's own ENOSPC on write.
        var path = Path.Combine(_folder, "access.log");
        File.CreateSymbolicLink(path, "/dev/full");
        await using (var log = new AccessLog(new AccessLogFile(path), _metrics))
        {
            Write(log, 1);
            Assert.True(SpinWait.SpinUntil(() => Counts().Failed == 1, TimeSpan.FromSeconds(10)));
            File.Delete(path);
            Write(log, 2);
        }

        Assert.Equal(2, Id(Assert.Single(await File.ReadAllLinesAsync(path))));
        Assert.Equal((1, 0, 1), Counts());
    }

    [Fact]
    public async Task A_line_cut_short_is_ended_before_the_next()
    {
        var path = Path.Combine(_folder, "access.log");
        await File.WriteAllTextAsync(path, "{\"cut");
        await using (var log = new AccessLog(new AccessLogFile(path), _metrics))
        {
            Write(log, 3);
        }

        var lines = await File.ReadAllLinesAsync(path);
        Assert.Equal("{\"cut", lines[0]);
        Assert.Equal(3, Id(lines[1]));
    }

    private static IpEndpoint Address(string text)
    {
        Assert.True(IpEndpoint.TryParse(text, out var endpoint));
        return endpoint;
    }

    private static long Id(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("connection").GetInt64();
    }

    private void Write(AccessLog log, long id)
    {
        var entry = log.Rent(_metrics.Registry.Shared)!;
        entry.ConnectionId = id;
        log.Write(entry);
    }

    private (long Written, long Dropped, long Failed) Counts()
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        _metrics.Registry.Write(buffer, ExpositionFormat.PrometheusText);
        var lines = Encoding.UTF8.GetString(buffer.WrittenSpan).Split('\n');
        return (Count("written"), Count("dropped"), Count("failed"));

        long Count(string result) => long.Parse(
            lines.Single(line => line.StartsWith($"nodemesh_access_log_entries_total{{result=\"{result}\"}}", StringComparison.Ordinal)).Split(' ')[^1],
            CultureInfo.InvariantCulture);
    }

    private sealed class StallingOutput : IAccessLogOutput
    {
        public ManualResetEventSlim Go { get; } = new();

        public int Lines { get; private set; }

        public void Write(ReadOnlySpan<byte> lines)
        {
            Go.Wait();
            Lines += lines.Count((byte)'\n');
        }

        public void Reopen()
        {
        }

        public void Dispose() => Go.Dispose();
    }
}
