using System.Text;
using System.Text.Json;
using NodeMesh.Http.Headers;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tests.Telemetry;

public sealed class AccessLogRequestTests
{
    private readonly MeshMetrics _metrics = new(new MetricRegistry(1, TimeProvider.System));

    [Fact]
    public async Task A_request_has_its_line()
    {
        var headers = Headers("/orders/1?q=\"a\"", ("user-agent", "curl/8"), ("x-request-id", "11111111-2222-4333-8444-555555555555"));
        using var line = await LineAsync(entry =>
        {
            entry.ConnectionId = 7;
            entry.Protocol = "http2";
            entry.Request.Begin(headers);
            entry.Request.Set(AccessLogText.TraceId, "0af7651916cd43dd8448eb211c80319c"u8);
            entry.Request.Status = 200;
            entry.Request.GrpcStatus = 5;
            entry.Request.Route = "default";
            entry.Request.UpstreamDuration = TimeSpan.FromMilliseconds(2.5);
            entry.Refusal = RefusalCode.RetriesExhausted;
        });
        var root = line.RootElement;

        Assert.Equal(7, root.GetProperty("connection").GetInt64());
        Assert.Equal("http2", root.GetProperty("protocol").GetString());
        Assert.Equal("GET", root.GetProperty("method").GetString());
        Assert.Equal("shop.example", root.GetProperty("authority").GetString());
        Assert.Equal("/orders/1?q=\"a\"", root.GetProperty("path").GetString());
        Assert.Equal(200, root.GetProperty("status").GetInt32());
        Assert.Equal(5, root.GetProperty("grpc_status").GetInt32());
        Assert.Equal("default", root.GetProperty("route").GetString());
        Assert.Equal(2.5, root.GetProperty("upstream_ms").GetDouble());
        Assert.Equal("11111111-2222-4333-8444-555555555555", root.GetProperty("request_id").GetString());
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", root.GetProperty("trace_id").GetString());
        Assert.Equal("curl/8", root.GetProperty("user_agent").GetString());
        Assert.Equal("URX", root.GetProperty("flags").GetString());
        Assert.Equal("retries-exhausted", root.GetProperty("refusal").GetString());
    }

    [Fact]
    public async Task A_connection_has_no_fields_of_a_request()
    {
        using var line = await LineAsync(_ => { });

        Assert.False(line.RootElement.TryGetProperty("status", out _));
        Assert.False(line.RootElement.TryGetProperty("path", out _));
    }

    [Fact]
    public async Task What_is_too_long_is_cut_at_a_whole_character_and_marked()
    {
        var path = "/" + new string('é', 3000);
        using var line = await LineAsync(entry => entry.Request.Begin(Headers(path)));

        Assert.Equal(path[..1024] + "…", line.RootElement.GetProperty("path").GetString());
    }

    [Fact]
    public async Task Any_bytes_make_a_line_of_right_JSON()
    {
        var random = new Random(20300104);
        using var stream = new MemoryStream();
        await using (var log = new AccessLog(new AccessLogStream(stream), _metrics))
        {
            for (var i = 0; i < 2000; i++)
            {
                var entry = log.Rent(_metrics.Registry.Shared)!;
                entry.Request.Begin();
                foreach (var text in Enum.GetValues<AccessLogText>())
                {
                    var bytes = new byte[random.Next(1, AccessLogRequest.LimitOf(text) + 10)];
                    random.NextBytes(bytes);
                    entry.Request.Set(text, bytes);
                    Assert.InRange(entry.Request[text].Length, 1, AccessLogRequest.LimitOf(text) + AccessLogRequest.CutMark.Length);
                }

                log.Write(entry);
            }
        }

        var lines = stream.ToArray().AsMemory()[..^1];
        var read = 0;
        while (!lines.IsEmpty)
        {
            var end = lines.Span.IndexOf((byte)'\n') is var found and >= 0 ? found : lines.Length;
            using var json = JsonDocument.Parse(lines[..end]);
            Assert.Equal(JsonValueKind.String, json.RootElement.GetProperty("path").ValueKind);
            lines = lines[Math.Min(end + 1, lines.Length)..];
            read++;
        }

        Assert.Equal(2000, read);
    }

    [Fact]
    public void An_upgrade_is_the_GET_that_both_ends_see()
    {
        var headers = Headers("/chat");
        headers.Add(KnownHeader.Protocol, "websocket");
        var entry = new AccessLogEntry();
        entry.Request.Begin(headers);

        Assert.Equal("GET"u8, entry.Request[AccessLogText.Method]);
    }

    [Fact]
    public void Filling_an_entry_allocates_nothing()
    {
        var headers = Headers("/" + new string('a', 1500), ("user-agent", new string('u', 300)), ("x-request-id", "1"));
        var entry = new AccessLogEntry();
        Fill();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Fill();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Fill()
        {
            entry.Request.Begin(headers);
            entry.Request.Status = 200;
            entry.Request.Set(AccessLogText.TraceId, "0af7651916cd43dd8448eb211c80319c"u8);
            entry.Reset();
        }
    }

    private static HeaderList Headers(string path, params (string Name, string Value)[] more)
    {
        var headers = new HeaderList();
        headers.Add(KnownHeader.Method, "GET");
        headers.Add(KnownHeader.Authority, "shop.example");
        headers.Add(":path"u8, Encoding.UTF8.GetBytes(path));
        foreach (var (name, value) in more)
        {
            headers.Add(name, value);
        }

        return headers;
    }

    private async Task<JsonDocument> LineAsync(Action<AccessLogEntry> fill)
    {
        using var stream = new MemoryStream();
        await using (var log = new AccessLog(new AccessLogStream(stream), _metrics))
        {
            var entry = log.Rent(_metrics.Registry.Shared)!;
            fill(entry);
            log.Write(entry);
        }

        return JsonDocument.Parse(stream.ToArray());
    }
}
