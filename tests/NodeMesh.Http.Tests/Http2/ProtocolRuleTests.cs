using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>
/// The MUSTs of RFC 9113 on frames, each as frames from a peer and the error that answers them, towards a server and a client alike.
/// Stream 1 is open, its request complete at the server; stream 3 is open, its request under way.
/// </summary>
public sealed class ProtocolRuleTests
{
    private const string Fine = "fine";

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
