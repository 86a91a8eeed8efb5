using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>HEADERS, CONTINUATION, padding, and the bounds on header blocks (RFC 9113, 4.3, 6.2 and 6.10).</summary>
public sealed class HeaderBlockTests
{
    private static readonly (string, string)[] Request = [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")];

    [Fact]
    public void A_block_over_several_frames_is_one_block()
    {
        byte[] block = Frames.Block(Request);
        Endpoint server = Endpoint.Server();
        server.Feed(
            Frames.Raw(1, Frames.EndStream, 1, block[..3]), Frames.Raw(9, 0, 1, block[3..10]), Frames.Raw(9, Frames.EndHeaders, 1, block[10..]));
        Assert.Equal("headers 1 end :method: GET; :scheme: http; :authority: a; :path: /", Assert.Single(server.Events));
    }

    [Fact]
    public void Padding_and_priority_are_taken_off()
    {
        byte[] payload = [4, .. Frames.Int32(0x8000_0000), 16, .. Frames.Block(Request), 0, 0, 0, 0];
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Raw(1, Frames.Padded | Frames.PriorityFlag | Frames.EndHeaders | Frames.EndStream, 1, payload));
        Assert.StartsWith("headers 1 end", Assert.Single(server.Events), StringComparison.Ordinal);
    }

    [Fact]
    public void Padding_longer_than_the_frame_is_refused()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Raw(1, Frames.Padded | Frames.EndHeaders, 1, 5, 0, 0, 0, 0));
        server.AssertClosed(Http2ErrorCode.ProtocolError, "padding longer than its frame");
    }

    [Fact]
    public void Headers_too_short_for_their_priority_are_refused()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Raw(1, Frames.PriorityFlag | Frames.EndHeaders, 1, 0, 0, 0, 0));
        server.AssertClosed(Http2ErrorCode.FrameSizeError);
    }

    [Fact]
    public void Nothing_may_come_inside_a_block()
    {
        foreach (byte[] other in new[] { Frames.Ping(1), Frames.Data(1, 1), Frames.Raw(9, 0, 3, 1), Frames.Request(3), Frames.Raw(0xBE, 0, 0) })
        {
            Endpoint server = Endpoint.Server();
            server.Feed(Frames.Raw(1, 0, 1, 0x82), other);
            server.AssertClosed(Http2ErrorCode.ProtocolError, "a frame inside another stream's header block");
        }
    }

    [Fact]
    public void A_continuation_without_a_block_is_refused()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Request(1), Frames.Raw(9, Frames.EndHeaders, 1, 0x82));
        server.AssertClosed(Http2ErrorCode.ProtocolError, "CONTINUATION without a header block");
    }

    [Fact]
    public void A_block_that_does_not_decode_closes_the_connection()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Raw(1, Frames.EndHeaders, 1, 0xBE));
        server.AssertClosed(Http2ErrorCode.CompressionError, "an index outside the header tables");
    }

    [Fact]
    public void A_list_above_the_limit_costs_its_stream_only()
    {
        Endpoint server = Endpoint.Server(new Http2Options { MaxHeaderFields = 5 });
        server.Feed(Frames.Headers(1, Frames.EndStream, [.. Request, ("a", "1")]));
        server.Feed(Frames.Headers(3, Frames.EndStream, [.. Request, ("a", "1"), ("b", "2")]));
        server.AssertReset(3, Http2ErrorCode.EnhanceYourCalm, "the header list is above the limit");
        server.Feed(Frames.Request(5));
        Assert.Equal(3, server.Events.Count);
    }

    [Fact]
    public void A_decoded_size_above_the_limit_costs_its_stream_only()
    {
        Endpoint server = Endpoint.Server();
        int room = (60 * 1024) - 42 - 43 - 43 - 38 - 33;
        server.Feed(Big(1, room));
        Assert.StartsWith("headers 1", server.Events[^1], StringComparison.Ordinal);
        server.TakeOutput();
        server.Feed(Big(3, room + 1));
        server.AssertReset(3, Http2ErrorCode.EnhanceYourCalm);
    }

    [Fact]
    public void An_encoded_block_above_the_limit_closes_the_connection()
    {
        var options = new Http2Options { MaxHeaderBlockSize = 20_000, MaxFrameSize = 1 << 20 };
        Endpoint server = Endpoint.Server(options);
        server.Feed(Frames.Raw(1, 0, 1, new byte[16_000]), Frames.Raw(9, 0, 1, new byte[4_000]));
        Assert.False(server.Connection.IsClosed);
        server.Feed(Frames.Raw(9, 0, 1, new byte[1]));
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, "a header block above the limit", Http2Flood.HeaderListTooLarge);

        server = Endpoint.Server(options);
        server.Feed([0x10, 0, 0, 1, 4, 0, 0, 0, 1]); // 1 MiB of HEADERS: refused before it is waited for
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: Http2Flood.HeaderListTooLarge);
    }

    [Fact]
    public void Our_large_lists_go_out_over_several_frames()
    {
        var pair = new Pair(server: new Http2Options { MaxHeaderListSize = 100_000 });
        HeaderList headers = Endpoint.Get();
        string value = new('\u00ff', 30_000); // longer in Huffman, so sent as it is
        headers.Add("x-large", value);
        pair.Client.Open(headers, endStream: true);
        byte[] sent = pair.Client.TakeOutput();
        Assert.Equal(["HEADERS 1 end more", "CONTINUATION 1"], Frames.Describe(sent));
        pair.Server.Feed(sent);
        Assert.Contains(value, Assert.Single(pair.Server.Events), StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_stays_in_step_across_refused_streams()
    {
        var pair = new Pair(server: new Http2Options { MaxConcurrentStreams = 1 });
        // The client does not know the limit when it uses an engine that has not read the settings: here it is told otherwise.
        pair.Client.Feed(Frames.Settings((3, 100)));
        pair.Client.Open(Endpoint.List((":method", "CONNECT"), (":authority", "a:1"), ("x-one", "1")));
        pair.Client.Open(Endpoint.List((":method", "CONNECT"), (":authority", "a:1"), ("x-two", "2")));
        pair.Pump();
        Assert.Contains("reset 3 RefusedStream", pair.Client.Events);
        pair.Server.Handler.Streams[1].Reset(Http2ErrorCode.NoError);
        pair.Client.Open(Endpoint.List((":method", "CONNECT"), (":authority", "a:1"), ("x-two", "2")));
        pair.Pump();
        Assert.Equal("headers 5 :method: CONNECT; :authority: a:1; x-two: 2", pair.Server.Events[^1]);
    }

    private static byte[] Big(int stream, int value)
    {
        byte[] block = Frames.Block([.. Request, ("x", new string('v', value))]);
        var frames = new List<byte>();
        for (int at = 0; at < block.Length; at += 16384)
        {
            int end = Math.Min(at + 16384, block.Length);
            byte flags = (byte)((at == 0 ? Frames.EndStream : 0) | (end == block.Length ? Frames.EndHeaders : 0));
            frames.AddRange(Frames.Raw((byte)(at == 0 ? 1 : 9), flags, stream, block[at..end]));
        }
        return [.. frames];
    }
}
