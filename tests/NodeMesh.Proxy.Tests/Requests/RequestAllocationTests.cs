using System.Net.Sockets;
using System.Text;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>The steady state of requests costs the collector nothing.</summary>
public sealed class RequestAllocationTests
{
    private const int Turns = 3000;

    private static readonly byte[] Request = "POST /orders?q=1 HTTP/1.1\r\nHost: orders.shop.mesh\r\nUser-Agent: test\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray();

    private static readonly byte[] Response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Wed, 01 Jan 2025 00:00:00 GMT\r\nContent-Length: 5\r\n\r\nworld"u8.ToArray();

    [Theory]
    [InlineData(LinkProtocol.NodeMesh)]
    [InlineData(LinkProtocol.Hbone)]
    public async Task A_request_in_HTTP1_through_two_nodes_allocates_nothing_on_either_loop(LinkProtocol link)
    {
        await using var pair = await HttpPair.StartRawAsync(link: link);
        using var client = await pair.DialAsync();
        client.Send(Request);
        using var server = await pair.AcceptAsync();
        ReceiveUntil(server, "hello"u8);
        server.Send(Response);
        ReceiveUntil(client, "world"u8);

        await AssertAllocatesNothingAsync(pair, times =>
        {
            for (var i = 0; i < times; i++)
            {
                client.Send(Request);
                ReceiveUntil(server, "hello"u8);
                server.Send(Response);
                ReceiveUntil(client, "world"u8);
            }
        });
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(LinkProtocol.NodeMesh)]
    [InlineData(LinkProtocol.Hbone)]
    public async Task A_request_in_HTTP2_through_two_nodes_allocates_nothing_on_either_loop(LinkProtocol link)
    {
        await using var pair = await HttpPair.StartRawAsync(AppProtocol.Http2, link: link);
        using var client = Http2Peer.Client(await pair.DialAsync());
        client.Ask();
        using var server = Http2Peer.Server(await pair.AcceptAsync());
        server.Answer();
        client.ReceiveAnswer();

        await AssertAllocatesNothingAsync(pair, times =>
        {
            for (var i = 0; i < times; i++)
            {
                client.Ask();
                server.Answer();
                client.ReceiveAnswer();
            }
        });
        client.Dispose();
        server.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    private static async Task AssertAllocatesNothingAsync(HttpPair pair, Action<int> exchange)
    {
        // Buffers, tables, pooled objects and tiered code settle first, and all entries of the access logs are made.
        UseAllEntries(pair.Mesh.Caller);
        UseAllEntries(pair.Mesh.Server);
        await Task.Run(() => exchange(Turns));
        var (byCaller, byServer) = (long.MaxValue, long.MaxValue);

        // The least of three: a pool that was trimmed may grow again, which is no cost of a request. The question itself allocates a little.
        for (var attempt = 0; attempt < 3 && (byCaller > Turns / 2 || byServer > Turns / 2); attempt++)
        {
            var before = (await AllocatedAsync(pair.Mesh.Caller), await AllocatedAsync(pair.Mesh.Server));
            await Task.Run(() => exchange(Turns));
            var after = (await AllocatedAsync(pair.Mesh.Caller), await AllocatedAsync(pair.Mesh.Server));
            byCaller = Math.Min(byCaller, after.Item1 - before.Item1);
            byServer = Math.Min(byServer, after.Item2 - before.Item2);
        }

        Assert.True(byCaller <= Turns / 2 && byServer <= Turns / 2, $"{byCaller / (double)Turns} bytes per request at the caller's, {byServer / (double)Turns} at the server's node");
    }

    private static void UseAllEntries(MeshNode node)
    {
        var entries = new List<AccessLogEntry>();
        while (node.AccessLog.Rent(node.Metrics.Registry.Shared) is { } entry)
        {
            entries.Add(entry);
        }

        entries.ForEach(node.AccessLog.Write);
    }

    private static Task<long> AllocatedAsync(MeshNode node) => node.OnLoop(GC.GetAllocatedBytesForCurrentThread);

    private static void ReceiveUntil(Socket socket, ReadOnlySpan<byte> end)
    {
        Span<byte> buffer = stackalloc byte[4096];
        for (var at = 0; at < end.Length || !buffer[..at].EndsWith(end);)
        {
            var count = socket.Receive(buffer[at..]);
            Assert.True(count > 0, Encoding.Latin1.GetString(buffer[..at]));
            at += count;
        }
    }
}
