using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>The limits that cost a stream: met exactly all is well, one more is refused, by its kind, and the connection goes on.</summary>
public sealed class LimitTests
{
    private static readonly (string, string)[] Request = [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")];

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void A_request_has_a_hundred_fields_at_most_cookie_crumbs_among_them(int fields, bool taken)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Headers(1, Frames.EndStream, [.. Request, .. Crumbs(fields - Request.Length)]));
        AssertTaken(server, taken);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void A_response_has_a_hundred_fields_at_most(int fields, bool taken)
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Get(), endStream: true);
        client.TakeOutput();
        client.Feed(Frames.Headers(1, Frames.EndStream, [(":status", "200"), .. Crumbs(fields - 1)]));
        AssertTaken(client, taken);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_header_list_has_sixty_kibibytes_at_most_by_the_count_of_the_protocol(int above, bool taken)
    {
        Endpoint server = Endpoint.Server(new Http2Options { MaxFrameSize = 1 << 17 });
        int used = Endpoint.List(Request).Size + "x".Length + 32;
        server.Feed(Frames.Headers(1, Frames.EndStream, [.. Request, ("x", new string('v', (60 * 1024) - used + above))]));
        AssertTaken(server, taken);

        Endpoint client = Endpoint.Client(new Http2Options { MaxFrameSize = 1 << 17 });
        client.Open(Endpoint.Get(), endStream: true);
        client.TakeOutput();
        used = Endpoint.List((":status", "200")).Size + "x".Length + 32;
        client.Feed(Frames.Headers(1, Frames.EndStream, (":status", "200"), ("x", new string('v', (60 * 1024) - used + above))));
        AssertTaken(client, taken);
    }

    [Fact]
    public void A_small_block_that_decodes_to_much_is_counted_as_it_decodes()
    {
        // 4000 bytes enter the table once; each byte after it is all of them again: 64 MB in 16 KiB.
        Endpoint server = Endpoint.Server(new Http2Options { MaxHeaderBlockSize = 32 * 1024, MaxFrameSize = 32 * 1024 });
        byte[] bomb = [0x40, 1, (byte)'x', 0x7F, 0xA1, 0x1E, .. Enumerable.Repeat((byte)'v', 4000), .. Enumerable.Repeat((byte)0xBE, 16_000)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        server.Feed(Frames.Raw(1, Frames.EndHeaders | Frames.EndStream, 1, bomb));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        AssertTaken(server, taken: false);
    }

    [Fact]
    public void Each_limit_on_streams_names_itself()
    {
        Endpoint server = Endpoint.Server(new Http2Options { MaxConcurrentStreams = 1 });
        server.Feed(Frames.ConnectRequest(1), Frames.ConnectRequest(3));
        Assert.Equal([Http2StreamFault.TooManyStreams], server.Handler.Faults);
        server.Connection.Shutdown();
        server.Connection.Shutdown();
        server.Feed(Frames.ConnectRequest(5), Frames.WindowUpdate(1, 0));
        Assert.Equal([Http2StreamFault.TooManyStreams, Http2StreamFault.Draining, Http2StreamFault.Protocol], server.Handler.Faults);

        Endpoint client = Endpoint.Client(new Http2Options { MaxInterimResponses = 0, MaxHeaderFields = 1 });
        client.Open(Endpoint.Get(), endStream: true);
        client.Open(Endpoint.Get(), endStream: true);
        client.Feed(Frames.Headers(1, 0, (":status", "103")), Frames.Headers(3, 0, (":status", "200"), ("a", "b")));
        Assert.Equal([Http2StreamFault.TooManyInterimResponses, Http2StreamFault.HeaderListTooLarge], client.Handler.Faults);
    }

    [Fact]
    public void Every_kind_has_a_name_of_its_own() => Assert.Equal(
        Enum.GetValues<Http2StreamFault>().Length, Enum.GetValues<Http2StreamFault>().Select(fault => fault.Label()).Distinct().Count());

    [Fact]
    public void A_header_block_whose_end_does_not_come_can_be_told()
    {
        Endpoint server = Endpoint.Server();
        Assert.False(server.Connection.IsHeaderBlockOpen);
        byte[] block = Frames.Block(Request);
        server.Feed(Frames.Raw(1, Frames.EndStream, 1, block[..5]));
        Assert.True(server.Connection.IsHeaderBlockOpen);
        server.Feed(Frames.Raw(9, 0, 1, block[5..9]));
        Assert.True(server.Connection.IsHeaderBlockOpen);
        server.Feed(Frames.Raw(9, Frames.EndHeaders, 1, block[9..]));
        Assert.False(server.Connection.IsHeaderBlockOpen);
        AssertTaken(server, taken: true);
    }

    private static IEnumerable<(string, string)> Crumbs(int count) => Enumerable.Range(0, count).Select(i => ("cookie", $"c{i}=1"));

    private static void AssertTaken(Endpoint engine, bool taken)
    {
        Assert.Equal(taken, engine.Events.Exists(line => line.StartsWith("headers 1 end", StringComparison.Ordinal)));
        Assert.Equal(taken ? [] : [Http2StreamFault.HeaderListTooLarge], engine.Handler.Faults);
        Assert.Equal(taken ? [] : ["RST_STREAM 1 EnhanceYourCalm"], engine.TakeFrames());
        engine.Feed(Frames.Ping(1));
        Assert.Equal(["PING ack 1"], engine.TakeFrames());
    }
}
