using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>
/// The MUSTs of RFC 9113 on frames, each as frames from a peer and the error that answers them, towards a server and a client alike.
/// Stream 1 is open, its request complete at the server; stream 3 is open, its request under way.
/// </summary>
public sealed class ProtocolRuleTests
{
    private const string Fine = "fine";

    private static byte[] Cancelled => Frames.Reset(3, Http2ErrorCode.Cancel);

    public static TheoryData<string, byte[], string> Rules => new()
    {
        { "4.1 an unknown type is ignored", Frames.Raw(0x16, 0, 0, 1, 2, 3), Fine },
        { "4.1 an unknown type on a stream is ignored", Frames.Raw(0xFA, 0xFF, 3, 1), Fine },
        { "4.1 undefined flags are ignored", Frames.Ping(7, flags: 0xFE), "PING ack 7" },
        { "4.1 the reserved bit is ignored", Frames.Raw(6, 0, int.MinValue, 0, 0, 0, 0, 0, 0, 0, 7), "PING ack 7" },
        { "4.2 a payload above the maximum", Frames.Raw(0, 0, 3, new byte[16385]), "GOAWAY FrameSizeError" },
        { "5.1 RST_STREAM on an idle stream", Frames.Reset(99, Http2ErrorCode.Cancel), "GOAWAY ProtocolError" },
        { "5.1 WINDOW_UPDATE on an idle stream", Frames.WindowUpdate(99, 1), "GOAWAY ProtocolError" },
        { "5.1 DATA on an idle stream", Frames.Data(99, 1), "GOAWAY ProtocolError" },
        { "5.1 PRIORITY on an idle stream", Frames.Raw(2, 0, 99, 0, 0, 0, 0, 1), Fine },
        { "5.5 an unknown frame inside a header block", [.. Frames.Raw(1, 0, 3, 0x82), .. Frames.Raw(0x16, 0, 3)], "GOAWAY ProtocolError" },
        { "6.1 DATA on stream 0", Frames.Data(0, 1), "GOAWAY ProtocolError" },
        { "6.1 padding as long as the payload", Frames.Raw(0, Frames.Padded, 3, 2, 0), "GOAWAY ProtocolError" },
        { "6.2 HEADERS on stream 0", Frames.Headers(0, 0, ("a", "b")), "GOAWAY ProtocolError" },
        { "6.2 padding longer than the block", Frames.Raw(1, Frames.Padded | Frames.EndHeaders, 3, 9, 0x82), "GOAWAY ProtocolError" },
        { "6.3 PRIORITY on stream 0", Frames.Raw(2, 0, 0, 0, 0, 0, 0, 1), "GOAWAY ProtocolError" },
        { "6.3 PRIORITY of four bytes", Frames.Raw(2, 0, 3, 0, 0, 0, 0), "RST_STREAM 3 FrameSizeError" },
        { "5.3.1 a stream that depends on itself", Frames.Raw(2, 0, 3, 0, 0, 0, 3, 1), "RST_STREAM 3 ProtocolError" },
        { "6.4 RST_STREAM on stream 0", Frames.Reset(0, Http2ErrorCode.Cancel), "GOAWAY ProtocolError" },
        { "6.4 RST_STREAM of three bytes", Frames.Raw(3, 0, 3, 0, 0, 0), "GOAWAY FrameSizeError" },
        { "6.5 SETTINGS on a stream", Frames.Raw(4, 0, 3), "GOAWAY ProtocolError" },
        { "6.5 SETTINGS of five bytes", Frames.Raw(4, 0, 0, 0, 0, 0, 0, 0), "GOAWAY FrameSizeError" },
        { "6.5 an acknowledgement with a payload", Frames.Raw(4, Frames.Ack, 0, 0, 1, 0, 0, 0, 0), "GOAWAY FrameSizeError" },
        { "6.5.2 an initial window above 2^31-1", Frames.Settings((4, 0x8000_0000)), "GOAWAY FlowControlError" },
        { "6.5.2 a frame size below 2^14", Frames.Settings((5, 16383)), "GOAWAY ProtocolError" },
        { "6.5.2 a frame size above 2^24-1", Frames.Settings((5, 16777216)), "GOAWAY ProtocolError" },
        { "6.5.2 push is neither 0 nor 1", Frames.Settings((2, 2)), "GOAWAY ProtocolError" },
        { "6.5.2 an unknown setting is ignored", Frames.Settings((0xFF, 1)), "SETTINGS ack" },
        { "6.6 PUSH_PROMISE to one that does not take it", Frames.Raw(5, Frames.EndHeaders, 3, 0, 0, 0, 2, 0x82), "GOAWAY ProtocolError" },
        { "6.7 a PING answer is not answered", Frames.Ping(9, Frames.Ack), Fine },
        { "6.7 PING on a stream", Frames.Raw(6, 0, 3, new byte[8]), "GOAWAY ProtocolError" },
        { "6.7 PING of six bytes", Frames.Raw(6, 0, 0, new byte[6]), "GOAWAY FrameSizeError" },
        { "6.8 GOAWAY on a stream", Frames.Raw(7, 0, 3, new byte[8]), "GOAWAY ProtocolError" },
        { "6.9 WINDOW_UPDATE of 0 on the connection", Frames.WindowUpdate(0, 0), "GOAWAY ProtocolError" },
        { "6.9 WINDOW_UPDATE of 0 on a stream", Frames.WindowUpdate(3, 0), "RST_STREAM 3 ProtocolError" },
        { "6.9 WINDOW_UPDATE of three bytes", Frames.Raw(8, 0, 3, 0, 0, 1), "GOAWAY FrameSizeError" },
        { "6.9.1 the connection's window above 2^31-1", Frames.WindowUpdate(0, int.MaxValue), "GOAWAY FlowControlError" },
        { "6.9.1 a stream's window above 2^31-1", Frames.WindowUpdate(3, int.MaxValue), "RST_STREAM 3 FlowControlError" },
        { "6.9.2 an initial window that overflows a stream's", [.. Frames.WindowUpdate(3, 1), .. Frames.Settings((4, int.MaxValue))], "GOAWAY FlowControlError" },
        { "6.10 CONTINUATION without HEADERS", Frames.Raw(9, Frames.EndHeaders, 3, 0x82), "GOAWAY ProtocolError" },
        { "6.10 CONTINUATION on another stream", [.. Frames.Raw(1, 0, 3, 0x82), .. Frames.Raw(9, Frames.EndHeaders, 5, 0x82)], "GOAWAY ProtocolError" },
        { "6.10 DATA inside a header block", [.. Frames.Raw(1, 0, 3, 0x82), .. Frames.Data(3, 1)], "GOAWAY ProtocolError" },
        { "4.3 a block that does not decode", Frames.Raw(1, Frames.EndHeaders, 3, 0x80), "GOAWAY CompressionError" },
        { "4.3 a table size update behind a field", Frames.Raw(1, Frames.EndHeaders, 3, 0x82, 0x20), "GOAWAY CompressionError" },
        { "4.3 a table above the setting", Frames.Raw(1, Frames.EndHeaders, 3, 0x3F, 0xE2, 0x1F), "GOAWAY CompressionError" },
        { "4.2 HEADERS above the maximum", Frames.Raw(1, Frames.EndHeaders, 3, new byte[16385]), "GOAWAY FrameSizeError" },
        { "5.1 CONTINUATION on an idle stream", Frames.Raw(9, Frames.EndHeaders, 99, 0x82), "GOAWAY ProtocolError" },
        { "5.1 RST_STREAM on a half-closed stream", Frames.Reset(1, Http2ErrorCode.Cancel), Fine },
        { "5.1 WINDOW_UPDATE on a half-closed stream", Frames.WindowUpdate(1, 1), Fine },
        { "5.1 PRIORITY on a half-closed stream", Frames.Raw(2, 0, 1, 0, 0, 0, 0, 1), Fine },
        { "5.1 DATA behind RST_STREAM", [.. Cancelled, .. Frames.Data(3, 1)], "RST_STREAM 3 StreamClosed" },
        { "5.1 HEADERS behind RST_STREAM", [.. Cancelled, .. Frames.Headers(3, Frames.EndStream, ("a", "b"))], "RST_STREAM 3 StreamClosed" },
        { "5.1 CONTINUATION behind RST_STREAM", [.. Cancelled, .. Frames.Raw(9, Frames.EndHeaders, 3, 0x82)], "GOAWAY ProtocolError" },
        { "5.1 WINDOW_UPDATE behind RST_STREAM", [.. Cancelled, .. Frames.WindowUpdate(3, 1)], Fine },
        { "5.1 PRIORITY behind RST_STREAM", [.. Cancelled, .. Frames.Raw(2, 0, 3, 0, 0, 0, 0, 1)], Fine },
        { "5.1 RST_STREAM behind RST_STREAM", [.. Cancelled, .. Cancelled], Fine },
        { "5.3.1 HEADERS that depend on their stream", Frames.Raw(1, Frames.PriorityFlag | Frames.EndHeaders, 3, 0, 0, 0, 3, 1, 0x82), "RST_STREAM 3 ProtocolError" },
        { "6.2 HEADERS on another stream inside a block", [.. Frames.Raw(1, 0, 3, 0x82), .. Frames.Request(5)], "GOAWAY ProtocolError" },
        { "6.2 PRIORITY inside a block", [.. Frames.Raw(1, 0, 3, 0x82), .. Frames.Raw(2, 0, 3, 0, 0, 0, 0, 1)], "GOAWAY ProtocolError" },
        { "6.5.3 the settings of a frame are taken in order", Frames.Settings((4, int.MaxValue), (4, 1)), "SETTINGS ack" },
        { "6.10 CONTINUATION on stream 0", [.. Frames.Raw(1, 0, 3, 0x82), .. Frames.Raw(9, Frames.EndHeaders, 0, 0x82)], "GOAWAY ProtocolError" },
        { "6.10 CONTINUATION behind the end of the block", [.. Frames.Raw(1, 0, 3), .. Frames.Raw(9, Frames.EndHeaders, 3, 0x82), .. Frames.Raw(9, Frames.EndHeaders, 3, 0x82)], "GOAWAY ProtocolError" },
        { "6.10 CONTINUATION behind DATA", [.. Frames.Data(3, 1), .. Frames.Raw(9, Frames.EndHeaders, 3, 0x82)], "GOAWAY ProtocolError" },
        { "7 RST_STREAM with an unknown code", Frames.Reset(3, (Http2ErrorCode)0xFF), Fine },
        { "7 GOAWAY with an unknown code", Frames.GoAway(3, (Http2ErrorCode)0xFF), Fine },
        { "HPACK 2.3.3 an index behind the tables", Frames.Raw(1, Frames.EndHeaders, 3, 0xC6), "GOAWAY CompressionError" },
        { "HPACK 2.3.3 a name behind the tables", Frames.Raw(1, Frames.EndHeaders, 3, 0x0F, 0x37, 0), "GOAWAY CompressionError" },
        { "HPACK 5.1 an integer without end", Frames.Raw(1, Frames.EndHeaders, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF), "GOAWAY CompressionError" },
        { "HPACK 5.2 a string longer than its block", Frames.Raw(1, Frames.EndHeaders, 3, 0, 5, 0x61), "GOAWAY CompressionError" },
        { "HPACK 5.2 more than seven bits of padding", Frames.Raw(1, Frames.EndHeaders, 3, 0, 0x82, 0x1F, 0xFF, 0), "GOAWAY CompressionError" },
        { "HPACK 5.2 padding of zeros", Frames.Raw(1, Frames.EndHeaders, 3, 0, 0x81, 0x18, 0), "GOAWAY CompressionError" },
        { "HPACK 5.2 the end-of-string symbol", Frames.Raw(1, Frames.EndHeaders, 3, 0, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0), "GOAWAY CompressionError" },
        { "5.1.1 a stream that the peer cannot open", Frames.Request(2), "GOAWAY ProtocolError" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_server_keeps_the_rule(string rule, byte[] frames, string answer)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Request(1), Frames.ConnectRequest(3));
        Check(server, rule, frames, answer);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_client_keeps_the_rule(string rule, byte[] frames, string answer)
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Get(), endStream: true);
        client.Open(Endpoint.Connect());
        client.TakeOutput();
        Check(client, rule, frames, answer);
    }

    [Theory]
    [InlineData(Http2Role.Server)]
    [InlineData(Http2Role.Client)]
    public void A_stream_that_both_ends_finished_takes_what_may_be_late_and_no_more(Http2Role role)
    {
        foreach (byte[] late in (byte[][])[Frames.WindowUpdate(1, 1), Frames.Raw(2, 0, 1, 0, 0, 0, 0, 1), Frames.Reset(1, Http2ErrorCode.Cancel)])
        {
            Check(Finished(role), "late", late, Fine);
        }
        Check(Finished(role), "HEADERS", Frames.Headers(1, Frames.EndStream, ("a", "b")), "GOAWAY StreamClosed");
        Check(Finished(role), "DATA", Frames.Data(1, 1), "GOAWAY StreamClosed");
    }

    [Fact]
    public void The_last_of_several_initial_windows_counts()
    {
        Endpoint client = Endpoint.Client();
        Http2Stream stream = client.Open(Endpoint.Connect());
        client.Feed(Frames.Settings((4, int.MaxValue), (4, 1)));
        Assert.Equal(1, stream.SendWindow);
        Assert.Equal(1, stream.WriteData("ab"u8, endStream: false));
    }

    [Fact]
    public void A_frame_of_the_greatest_length_is_taken()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1), Frames.Data(1, 16384));
        Assert.Equal("data 1 16384", server.Events[^1]);
    }

    private static Endpoint Finished(Http2Role role)
    {
        Endpoint engine = role == Http2Role.Server ? Endpoint.Server() : Endpoint.Client();
        if (role == Http2Role.Server)
        {
            engine.Handler.Headers = (stream, _, _) => stream.WriteHeaders(Endpoint.Status(204), endStream: true);
            engine.Feed(Frames.Request(1));
        }
        else
        {
            engine.Open(Endpoint.Get(), endStream: true);
            engine.Feed(Frames.Headers(1, Frames.EndStream, (":status", "204")));
        }
        engine.TakeOutput();
        return engine;
    }

    private static void Check(Endpoint engine, string rule, byte[] frames, string answer)
    {
        engine.Feed(frames);
        List<string> said = engine.TakeFrames();
        if (answer == Fine)
        {
            Assert.Empty(said);
        }
        else if (answer.StartsWith("GOAWAY", StringComparison.Ordinal))
        {
            Assert.True(engine.Connection.IsClosed, rule);
            Assert.EndsWith(answer["GOAWAY".Length..], Assert.Single(said, line => line.StartsWith("GOAWAY", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.Equal(0, engine.Connection.ActiveStreams);
            Assert.Equal(Http2Flood.None, engine.Connection.Flood);
            return;
        }
        else
        {
            Assert.Equal([answer], said);
        }

        // The connection lives.
        engine.Feed(Frames.Ping(1));
        Assert.Equal(["PING ack 1"], engine.TakeFrames());
    }
}
