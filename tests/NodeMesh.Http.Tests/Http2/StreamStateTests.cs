using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>What may arrive on a stream in which state (RFC 9113, 5.1), RST_STREAM and GOAWAY.</summary>
public sealed class StreamStateTests
{
    [Fact]
    public void Frames_on_an_idle_stream_close_the_connection()
    {
        foreach (byte[] frame in new[] { Frames.Data(1, 1), Frames.Reset(1, Http2ErrorCode.Cancel), Frames.WindowUpdate(1, 1), Frames.Data(2, 1) })
        {
            Endpoint server = Endpoint.Server();
            server.Feed(frame);
            server.AssertClosed(Http2ErrorCode.ProtocolError);
        }
    }

    [Fact]
    public void A_client_cannot_open_even_streams_nor_go_back()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Request(2));
        server.AssertClosed(Http2ErrorCode.ProtocolError);
        server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(5), Frames.Request(3));
        server.AssertClosed(Http2ErrorCode.ProtocolError, "a stream id that is not above the last");
    }

    [Fact]
    public void A_server_cannot_open_streams()
    {
        Endpoint client = Endpoint.Client();
        client.Feed(Frames.Headers(1, 0, (":status", "200")));
        client.AssertClosed(Http2ErrorCode.ProtocolError);
        client = Endpoint.Client();
        client.Feed(Frames.Headers(2, 0, (":status", "200")));
        client.AssertClosed(Http2ErrorCode.ProtocolError);
    }

    [Fact]
    public void Data_and_headers_behind_the_end_are_a_stream_error()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Request(1), Frames.Data(1, 1));
        server.AssertReset(1, Http2ErrorCode.StreamClosed);
        server.Feed(Frames.Request(3), Frames.Headers(3, Frames.EndStream, ("a", "b")));
        server.AssertReset(3, Http2ErrorCode.StreamClosed);
    }

    [Fact]
    public void Data_on_a_stream_both_ends_finished_closes_the_connection()
    {
        Endpoint server = Endpoint.Server();
        server.Handler.Headers = (stream, _, _) => stream.WriteHeaders(Endpoint.Status(200), endStream: true);
        server.Feed(Frames.Request(1), Frames.WindowUpdate(1, 1), Frames.Reset(1, Http2ErrorCode.NoError));
        Assert.False(server.Connection.IsClosed);
        server.Feed(Frames.Data(1, 1));
        server.AssertClosed(Http2ErrorCode.StreamClosed);

        server = Endpoint.Server();
        server.Handler.Headers = (stream, _, _) => stream.WriteHeaders(Endpoint.Status(200), endStream: true);
        server.Feed(Frames.Request(1), Frames.Request(1));
        server.AssertClosed(Http2ErrorCode.StreamClosed);
    }

    [Fact]
    public void Frames_under_way_on_a_stream_we_reset_are_dropped()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1));
        server.Handler.Streams[1].Reset(Http2ErrorCode.Cancel);
        server.TakeOutput();
        server.Feed(
            Frames.Data(1, 10), Frames.WindowUpdate(1, 5), Frames.Headers(1, Frames.EndStream, ("a", "b")), Frames.Reset(1, Http2ErrorCode.Cancel));
        Assert.Single(server.Events);
        Assert.Empty(server.TakeOutput());
        Assert.False(server.Connection.IsClosed);
    }

    [Fact]
    public void Data_on_a_stream_we_reset_counts_to_the_connection_and_is_bounded_by_the_stream()
    {
        Endpoint server = Endpoint.Server(new Http2Options { ConnectionWindow = 80_000 });
        server.Feed(Frames.ConnectRequest(1));
        server.Handler.Streams[1].Reset(Http2ErrorCode.Cancel);
        server.TakeOutput();
        server.Feed(Frames.Data(1, 16384), Frames.Data(1, 16384), Frames.Data(1, 16384), Frames.Data(1, 16384));
        Assert.Equal(["WINDOW_UPDATE 0 49152"], server.TakeFrames());
        server.Feed(Frames.Data(1, 1));
        server.AssertClosed(Http2ErrorCode.FlowControlError);
    }

    [Fact]
    public void Data_behind_the_peers_own_reset_is_a_stream_error()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1), Frames.Reset(1, Http2ErrorCode.Cancel));
        Assert.Equal("reset 1 Cancel", server.Events[^1]);
        server.Feed(Frames.Data(1, 1));
        server.AssertReset(1, Http2ErrorCode.StreamClosed);
    }

    [Fact]
    public void Data_before_the_response_is_a_stream_error()
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Connect());
        client.TakeOutput();
        client.Feed(Frames.Data(1, 1));
        client.AssertReset(1, Http2ErrorCode.ProtocolError, "DATA before the response");
        Assert.Equal("reset 1 ProtocolError", client.Events[^1]);
    }

    [Fact]
    public void Streams_above_our_limit_are_refused()
    {
        Endpoint server = Endpoint.Server(new Http2Options { MaxConcurrentStreams = 2 });
        server.Feed(Frames.ConnectRequest(1), Frames.ConnectRequest(3), Frames.ConnectRequest(5));
        server.AssertReset(5, Http2ErrorCode.RefusedStream);
        server.Handler.Streams[1].Reset(Http2ErrorCode.Cancel);
        server.Feed(Frames.ConnectRequest(7));
        Assert.Equal(2, server.Connection.ActiveStreams);
    }

    [Fact]
    public void A_stream_that_depends_on_itself_is_refused_and_other_priorities_are_ignored()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Raw(2, 0, 9, 0, 0, 0, 1, 5));
        server.Feed(Frames.ConnectRequest(1), Frames.Raw(2, 0, 1, 0, 0, 0, 3, 5));
        Assert.Empty(server.TakeOutput());
        server.Feed(Frames.Raw(2, 0, 1, 0, 0, 0, 1, 5));
        server.AssertReset(1, Http2ErrorCode.ProtocolError);
        server.Feed(Frames.ConnectRequest(3), Frames.Raw(2, 0, 3, 0, 0, 0, 1));
        server.AssertReset(3, Http2ErrorCode.FrameSizeError);
    }

    [Fact]
    public void Data_padding_is_dropped_and_counts_to_the_windows()
    {
        Endpoint server = Endpoint.Server();
        server.Handler.ConsumeAtOnce = false;
        server.Feed(Frames.ConnectRequest(1));
        byte[] frame = Frames.Raw(0, Frames.Padded | Frames.EndStream, 1, [3, 1, 2, 0, 0, 0]);
        server.FeedInPieces(frame, 1);
        Assert.Equal([1, 2], server.Handler.Body(1));
        Assert.Equal("data 1 2 end", server.Events[^1]);
        Assert.Equal(2, server.Handler.Streams[1].Unconsumed);
        server.Feed(Frames.ConnectRequest(3), Frames.Raw(0, Frames.Padded, 3, [2, 0]));
        server.AssertClosed(Http2ErrorCode.ProtocolError);
    }

    [Fact]
    public void A_partial_frame_is_handed_on_as_it_arrives()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1));
        byte[] frame = Frames.Data(1, "hello", Frames.EndStream);
        server.Feed(frame[..12]);
        Assert.Equal("hel", server.Handler.Text(1));
        Assert.Equal("data 1 3", server.Events[^1]);
        server.Feed(frame[12..]);
        Assert.Equal("data 1 5 end", server.Events[^1]);
    }

    [Fact]
    public void A_stream_reset_in_the_middle_of_a_frame_hears_no_more_of_it()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1));
        server.Handler.Data = (stream, _, _) => stream.Reset(Http2ErrorCode.Cancel);
        byte[] frame = Frames.Data(1, 100, Frames.EndStream);
        server.Feed(frame[..20]);
        server.Feed(frame[20..]);
        server.Feed(Frames.Ping(1));
        Assert.Equal(2, server.Events.Count);
        Assert.Equal(["RST_STREAM 1 Cancel", "PING ack 1"], server.TakeFrames());
    }

    [Fact]
    public void A_server_drains_in_two_steps()
    {
        var pair = new Pair();
        (Http2Stream client, Http2Stream server) = pair.Tunnel();
        pair.Server.Connection.Shutdown();
        Assert.True(pair.Server.Connection.IsDraining);

        // A request that was under way when the announcement left is still taken.
        Http2Stream late = pair.Client.Open(Endpoint.Connect());
        pair.Pump();
        Assert.Contains("headers 3 :method: CONNECT; :authority: 10.0.0.1:80", pair.Server.Events);
        Assert.Equal(["goaway 2147483647 NoError", "goaway 3 NoError"], pair.Client.Events.Where(line => line.StartsWith("goaway", StringComparison.Ordinal)));
        Assert.False(pair.Client.Connection.TryOpenStream(Endpoint.Connect(), false, null, out _, out Http2OpenFailure failure));
        Assert.Equal(Http2OpenFailure.Draining, failure);

        Assert.False(pair.Server.Connection.IsDrained);
        late.Reset(Http2ErrorCode.Cancel);
        client.WriteData(default, endStream: true);
        server.WriteData(default, endStream: true);
        pair.Pump();
        Assert.True(pair.Server.Connection.IsDrained);
        Assert.True(pair.Client.Connection.IsDrained);
    }

    [Fact]
    public void A_request_behind_the_final_goaway_is_refused()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1));
        server.Connection.Shutdown();
        server.Connection.Shutdown();
        Assert.Equal(["GOAWAY 2147483647 NoError", "PING 5642241028238429696", "GOAWAY 1 NoError"], server.TakeFrames());
        server.Feed(Frames.ConnectRequest(3));
        server.AssertReset(3, Http2ErrorCode.RefusedStream);
        server.Connection.Shutdown();
        Assert.Empty(server.TakeOutput());
    }

    [Fact]
    public void Streams_above_the_goaway_are_safe_to_repeat_and_others_go_on()
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Connect());
        client.Open(Endpoint.Connect());
        client.Open(Endpoint.Connect());
        client.Feed(Frames.GoAway(1, Http2ErrorCode.NoError, "maintenance"));
        Assert.Equal(["goaway 1 NoError", "reset 3 RefusedStream", "reset 5 RefusedStream"], client.Events);
        client.Feed(Frames.Headers(1, 0, (":status", "200")), Frames.Data(1, "x", Frames.EndStream));
        Assert.Equal("data 1 1 end", client.Events[^1]);
        Assert.False(client.Connection.IsDrained);
    }

    [Fact]
    public void A_client_shuts_down_with_one_goaway()
    {
        Endpoint client = Endpoint.Client();
        client.Connection.Shutdown();
        Assert.Equal(["GOAWAY 0 NoError"], client.TakeFrames());
        Assert.True(client.Connection.IsDrained);
    }

    [Fact]
    public void When_the_transport_is_gone_every_stream_is_told()
    {
        Endpoint client = Endpoint.Client();
        Http2Stream first = client.Open(Endpoint.Connect());
        client.Open(Endpoint.Connect());
        client.TakeOutput();
        client.Connection.Terminate(Http2ErrorCode.InternalError);
        Assert.Equal(["reset 1 InternalError", "reset 3 InternalError"], client.Events);
        Assert.Equal(0, first.WriteData("x"u8, endStream: true));
        first.Reset(Http2ErrorCode.Cancel);
        client.Connection.Ping(1);
        client.Connection.Shutdown();
        Assert.Empty(client.TakeOutput());
        Assert.False(client.Connection.TryOpenStream(Endpoint.Connect(), false, null, out _, out Http2OpenFailure failure));
        Assert.Equal(Http2OpenFailure.Closed, failure);
    }

    [Fact]
    public void A_connection_error_tells_every_stream_after_the_connection()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1), Frames.ConnectRequest(3));
        server.Handler.ResetSeen = (_, _) => server.Handler.Streams[3].Reset(Http2ErrorCode.Cancel);
        server.Feed(Frames.WindowUpdate(0, 0));
        Assert.Equal(["connection error ProtocolError: WINDOW_UPDATE of 0", "reset 1 ProtocolError"], server.Events.Skip(2));
        Assert.Equal(["GOAWAY 3 ProtocolError"], server.TakeFrames());
    }

    [Fact]
    public void Writing_behind_ones_own_end_is_the_callers_fault()
    {
        var pair = new Pair();
        (Http2Stream client, _) = pair.Tunnel();
        client.WriteData(default, endStream: true);
        Assert.Throws<InvalidOperationException>(() => client.WriteData("x"u8, endStream: false));
        Assert.Throws<InvalidOperationException>(() => client.WriteHeaders(Endpoint.List(("a", "b")), endStream: true));
    }

    [Fact]
    public void A_handler_may_answer_reset_and_open_from_inside_a_callback()
    {
        var pair = new Pair();
        pair.Server.Handler.Headers = (stream, _, _) =>
        {
            stream.WriteHeaders(Endpoint.Status(200), endStream: false);
            stream.WriteData("answer"u8, endStream: true);
        };
        int opened = 1;
        pair.Client.Handler.Data = (_, _, end) =>
        {
            if (end && opened++ < 5)
            {
                pair.Client.Open(Endpoint.Get(), endStream: true);
            }
        };
        pair.Client.Open(Endpoint.Get(), endStream: true);
        pair.Pump();
        Assert.Equal(5, pair.Server.Connection.StreamsOpened);
        Assert.Equal("answer", pair.Client.Handler.Text(9));
        Assert.Equal(0, pair.Server.Connection.ActiveStreams);
    }
}
