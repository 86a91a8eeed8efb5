using System.Text;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>RFC 9113, 3.4 and 6.5.</summary>
public sealed class ConnectionStartTests
{
    [Fact]
    public void A_client_speaks_first_with_preface_settings_and_window()
    {
        var client = new Endpoint(Http2Role.Client);
        client.Connection.Start();
        Assert.Equal(["preface", "SETTINGS 2=0 4=65536 6=61440", "WINDOW_UPDATE 0 16711681"], client.TakeFrames());
    }

    [Fact]
    public void A_server_speaks_settings_and_window_and_acknowledges()
    {
        var server = new Endpoint(Http2Role.Server, new Http2Options { MaxFrameSize = 1 << 20, HeaderTableSize = 0, AllowExtendedConnect = true });
        server.Connection.Start();
        Assert.Equal(["SETTINGS 1=0 3=1024 8=1 4=65536 5=1048576 6=61440", "WINDOW_UPDATE 0 16711681"], server.TakeFrames());
        server.Feed(Frames.Preface);
        Assert.False(server.Connection.IsEstablished);
        server.Feed(Frames.Settings());
        Assert.True(server.Connection.IsEstablished);
        Assert.Equal(["SETTINGS ack"], server.TakeFrames());
        server.Feed(Frames.SettingsAck());
        Assert.True(server.Connection.SettingsAcknowledged);
    }

    [Fact]
    public void A_preface_that_is_wrong_is_refused_at_its_first_wrong_byte()
    {
        var server = new Endpoint(Http2Role.Server);
        server.Connection.Start();
        server.Feed(Encoding.ASCII.GetBytes("PRI * H"));
        Assert.False(server.Connection.IsClosed);
        server.Feed(Encoding.ASCII.GetBytes("x"));
        server.AssertClosed(Http2ErrorCode.ProtocolError);
        server.Feed(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n"));
        Assert.Single(server.Events);
    }

    [Fact]
    public void The_first_frame_must_be_settings()
    {
        var server = new Endpoint(Http2Role.Server);
        server.Connection.Start();
        server.Feed(Frames.Preface, Frames.Ping(1));
        server.AssertClosed(Http2ErrorCode.ProtocolError, "the first frame is not SETTINGS");

        var client = new Endpoint(Http2Role.Client);
        client.Connection.Start();
        client.Feed(Frames.SettingsAck());
        client.AssertClosed(Http2ErrorCode.ProtocolError, "the first frame is not SETTINGS");
    }

    [Theory]
    [InlineData(2, 2, Http2ErrorCode.ProtocolError)] // ENABLE_PUSH
    [InlineData(4, 0x8000_0000, Http2ErrorCode.FlowControlError)] // INITIAL_WINDOW_SIZE
    [InlineData(5, 16383, Http2ErrorCode.ProtocolError)] // MAX_FRAME_SIZE
    [InlineData(5, 16777216, Http2ErrorCode.ProtocolError)]
    [InlineData(8, 2, Http2ErrorCode.ProtocolError)] // ENABLE_CONNECT_PROTOCOL
    public void A_setting_out_of_range_is_refused(int id, long value, Http2ErrorCode code)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Settings((id, value)));
        server.AssertClosed(code);
    }

    [Fact]
    public void A_server_may_not_enable_push()
    {
        Endpoint client = Endpoint.Client();
        client.Feed(Frames.Settings((2, 1)));
        client.AssertClosed(Http2ErrorCode.ProtocolError);
    }

    [Fact]
    public void Unknown_settings_are_ignored_and_acknowledged()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Settings((0x99, 7), (0x9, 1)));
        Assert.Equal(["SETTINGS ack"], server.TakeFrames());
    }

    [Fact]
    public void The_concurrency_limit_of_the_peer_is_kept()
    {
        var client = new Endpoint(Http2Role.Client);
        client.Connection.Start();
        Assert.Equal(100, client.Connection.PeerMaxConcurrentStreams);
        client.Feed(Frames.Settings());
        Assert.Equal(int.MaxValue, client.Connection.PeerMaxConcurrentStreams);
        client.Feed(Frames.Settings((3, 1)));
        Http2Stream first = client.Open(Endpoint.Connect());
        Assert.False(client.Connection.CanOpenStream);
        Assert.False(client.Connection.TryOpenStream(Endpoint.Connect(), false, null, out _, out Http2OpenFailure failure));
        Assert.Equal(Http2OpenFailure.TooManyStreams, failure);
        first.Reset(Http2ErrorCode.Cancel);
        client.Open(Endpoint.Connect());
    }

    [Fact]
    public void A_header_list_larger_than_the_peer_takes_is_not_sent()
    {
        Endpoint client = Endpoint.Client();
        client.Feed(Frames.Settings((6, 60)));
        client.TakeOutput();
        Assert.False(client.Connection.TryOpenStream(Endpoint.Connect(), false, null, out _, out Http2OpenFailure failure));
        Assert.Equal(Http2OpenFailure.HeaderListTooLarge, failure);
        Assert.Empty(client.TakeOutput());
    }

    [Fact]
    public void A_settings_acknowledgement_that_nothing_asked_for_means_nothing()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.SettingsAck(), Frames.Ping(1));
        Assert.Equal(["PING ack 1"], server.TakeFrames());
    }

    [Theory]
    [InlineData(4, 0, 5)] // SETTINGS not in sixes
    [InlineData(4, 1, 6)] // SETTINGS ack with a payload
    [InlineData(6, 0, 7)] // PING
    [InlineData(7, 0, 7)] // GOAWAY
    [InlineData(8, 0, 3)] // WINDOW_UPDATE
    [InlineData(0, 8, 0)] // DATA padded, without room for the length of the padding
    public void A_frame_of_the_wrong_length_is_refused(byte type, byte flags, int length)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Raw(type, flags, type == 0 ? 1 : 0, new byte[length]));
        server.AssertClosed(Http2ErrorCode.FrameSizeError);
    }

    [Theory]
    [InlineData(0, 0)] // DATA
    [InlineData(1, 0)] // HEADERS
    [InlineData(2, 0)] // PRIORITY
    [InlineData(3, 0)] // RST_STREAM
    [InlineData(9, 0)] // CONTINUATION
    [InlineData(4, 1)] // SETTINGS
    [InlineData(6, 1)] // PING
    [InlineData(7, 1)] // GOAWAY
    [InlineData(5, 1)] // PUSH_PROMISE: disabled
    public void A_frame_on_the_wrong_stream_is_refused(byte type, int stream)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Raw(type, 0, stream));
        server.AssertClosed(Http2ErrorCode.ProtocolError);
    }

    [Fact]
    public void A_frame_longer_than_our_setting_is_refused_by_its_header()
    {
        Endpoint server = Endpoint.Server();
        server.Feed([0, 0x40, 0x01, 0, 0, 0, 0, 0, 1]);
        server.AssertClosed(Http2ErrorCode.FrameSizeError);
    }

    [Fact]
    public void Unknown_frames_are_ignored_as_they_arrive()
    {
        Endpoint server = Endpoint.Server();
        byte[] frame = Frames.Raw(0xBE, 0xFF, 77, new byte[16384]);
        server.Feed(frame[..100]);
        server.Feed(frame[100..]);
        server.Feed(Frames.Ping(5));
        Assert.Equal(["PING ack 5"], server.TakeFrames());
    }

    [Fact]
    public void A_ping_is_answered_and_its_answer_reported()
    {
        var pair = new Pair();
        pair.Client.Connection.Ping(42);
        pair.Pump();
        Assert.Equal(["pong 42"], pair.Client.Events);
        Assert.Empty(pair.Server.Events);
    }

    [Fact]
    public void Options_that_cannot_work_are_refused()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => new Endpoint(Http2Role.Client, new Http2Options { MaxFrameSize = 1000 }));
        Assert.Equal("Http2Options: MaxFrameSize is 16384 to 16777215.", error.Message);
    }

    [Fact]
    public void Receive_cannot_be_called_from_inside_a_callback()
    {
        Endpoint server = Endpoint.Server();
        server.Handler.Headers = (_, _, _) => server.Connection.Receive(Frames.Ping(1));
        Assert.Throws<InvalidOperationException>(() => server.Connection.Receive(Frames.Request(1)));
    }
}
