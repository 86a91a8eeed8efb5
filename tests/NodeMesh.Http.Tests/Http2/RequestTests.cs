using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>Requests and responses in full, over both engines: what a proxy's two legs rely on.</summary>
public sealed class RequestTests
{
    [Fact]
    public void A_request_and_its_response_carry_bodies_and_trailers_both_ways()
    {
        var pair = new Pair();
        Http2Stream client = pair.Client.Open(Endpoint.Post());
        client.WriteData("ping"u8, endStream: false);
        client.WriteHeaders(Endpoint.List(("x-checksum", "1")), endStream: true);
        pair.Pump();
        Http2Stream server = pair.Server.Handler.Streams[1];
        Assert.True(server.RemoteEnded);
        server.WriteHeaders(Endpoint.Status(103), endStream: false);
        server.WriteHeaders(Endpoint.Status(200), endStream: false);
        server.WriteData("pong"u8, endStream: false);
        server.WriteHeaders(Endpoint.List(("grpc-status", "0")), endStream: true);
        pair.Pump();
        Assert.Equal(["data 1 4", "trailers 1 x-checksum: 1"], pair.Server.Events.Skip(1));
        Assert.Equal(["informational 1 :status: 103", "headers 1 :status: 200", "data 1 4", "trailers 1 grpc-status: 0"], pair.Client.Events);
        Assert.True(client.IsClosed && server.IsClosed);
    }

    [Fact]
    public void A_server_may_answer_completely_and_stop_the_request_without_error()
    {
        var pair = new Pair();
        Http2Stream client = pair.Client.Open(Endpoint.Post());
        client.WriteData(new byte[1000], endStream: false);
        pair.Pump();
        Http2Stream server = pair.Server.Handler.Streams[1];
        server.WriteHeaders(Endpoint.Status(413), endStream: true);
        server.Reset(Http2ErrorCode.NoError);
        pair.Pump();
        Assert.Equal(["headers 1 end :status: 413", "reset 1 NoError"], pair.Client.Events);
        Assert.True(client.RemoteEnded);
        Assert.Equal(0, client.WriteData("more"u8, endStream: true));
        Assert.Equal(0, pair.Client.Connection.ActiveStreams + pair.Server.Connection.ActiveStreams);
    }

    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 204)]
    [InlineData("GET", 304)]
    public void A_response_that_has_no_body_is_refused_with_one(string method, int status)
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.List((":method", method), (":scheme", "http"), (":authority", "a"), (":path", "/")), endStream: true);
        client.Feed(Frames.Headers(1, 0, (":status", $"{status}")), Frames.Data(1, 1, Frames.EndStream));
        client.AssertReset(1, Http2ErrorCode.ProtocolError, "DATA disagrees with content-length");
    }

    [Fact]
    public void A_server_sends_interim_responses_before_the_final_one()
    {
        var pair = new Pair();
        pair.Server.Handler.Headers = (stream, _, _) =>
        {
            stream.WriteHeaders(Endpoint.Status(100), endStream: false);
            stream.WriteHeaders(Endpoint.Status(103), endStream: false);
            Assert.Throws<InvalidOperationException>(() => stream.WriteData("early"u8, endStream: false));
        };
        pair.Server.Handler.Data = (stream, data, end) =>
        {
            if (end)
            {
                stream.WriteHeaders(Endpoint.Status(200), endStream: false);
                stream.WriteData("late"u8, endStream: true);
            }
        };
        Http2Stream request = pair.Client.Open(Endpoint.Post());
        pair.Pump();
        Assert.Equal(["informational 1 :status: 100", "informational 1 :status: 103"], pair.Client.Events);
        request.WriteData("body"u8, endStream: true); // what waited for the 100
        pair.Pump();
        Assert.Equal(["headers 1 :status: 200", "data 1 4 end"], pair.Client.Events[2..]);
        Assert.True(request.IsClosed);
    }

    [Fact]
    public void Interim_responses_without_end_are_refused()
    {
        Endpoint client = Endpoint.Client(new Http2Options { MaxInterimResponses = 3 });
        client.Open(Endpoint.Get(), endStream: true);
        for (int i = 0; i < 3; i++)
        {
            client.Feed(Frames.Headers(1, 0, (":status", "103")));
        }
        Assert.Equal(3, client.Events.Count);
        client.Feed(Frames.Headers(1, 0, (":status", "103")));
        client.AssertReset(1, Http2ErrorCode.EnhanceYourCalm, "too many interim responses");
    }

    [Fact]
    public void A_header_list_above_the_limit_can_be_answered()
    {
        Endpoint server = Endpoint.Server(new Http2Options { MaxHeaderFields = 4 });
        server.Handler.TooLarge = stream =>
        {
            stream.WriteHeaders(Endpoint.Status(431), endStream: true);
            stream.Release();
            return true;
        };
        server.Feed(Frames.Headers(
            1, Frames.EndStream, (":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/"), ("cookie", "a=1"), ("cookie", "b=2")));
        Assert.Equal(["too large 1 end"], server.Events);
        Assert.Equal(["HEADERS 1 end"], server.TakeFrames());

        // One whose body is still to come is stopped.
        server.Feed(Frames.Headers(3, 0, (":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/"), ("a", "1")));
        Assert.Equal(["HEADERS 3 end", "RST_STREAM 3 NoError"], server.TakeFrames());
        server.Feed(Frames.Data(3, 10, Frames.EndStream), Frames.Request(5));
        Assert.StartsWith("headers 5", server.Events[^1], StringComparison.Ordinal);
        Assert.Equal(1, server.Connection.ActiveStreams);
        Assert.Equal(3, server.Connection.StreamsOpened);
    }

    [Fact]
    public void A_response_whose_header_list_is_above_the_limit_is_reset()
    {
        Endpoint client = Endpoint.Client(new Http2Options { MaxHeaderFields = 2 });
        client.Open(Endpoint.Get(), endStream: true);
        client.Feed(Frames.Headers(1, 0, (":status", "200"), ("a", "1"), ("b", "2")));
        client.AssertReset(1, Http2ErrorCode.EnhanceYourCalm, "the header list is above the limit");
        Assert.Equal("reset 1 EnhanceYourCalm", client.Events[^1]);
    }

    [Fact]
    public void Extended_connect_opens_a_tunnel_when_the_server_allows_it()
    {
        HeaderList request = Endpoint.List(
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":authority", "a"), (":path", "/chat"));
        var pair = new Pair(server: new Http2Options { AllowExtendedConnect = true });
        Http2Stream client = pair.Client.Open(request);
        pair.Pump();
        Http2Stream server = pair.Server.Handler.Streams[1];
        server.WriteHeaders(Endpoint.Status(200), endStream: false);
        server.WriteData("hello"u8, endStream: false);
        pair.Pump();
        client.WriteData("bye"u8, endStream: true);
        pair.Pump();
        Assert.Equal("hello", pair.Client.Handler.Text(1));
        Assert.Equal("data 1 3 end", pair.Server.Events[^1]);

        var without = new Pair();
        Assert.False(without.Client.Connection.TryOpenStream(request, false, null, out _, out Http2OpenFailure failure));
        Assert.Equal(Http2OpenFailure.NoExtendedConnect, failure);
    }

    [Fact]
    public void An_extended_connect_that_is_refused_is_an_ordinary_response()
    {
        var pair = new Pair(server: new Http2Options { AllowExtendedConnect = true });
        pair.Client.Open(Endpoint.List(
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":authority", "a"), (":path", "/chat")));
        pair.Pump();
        Http2Stream server = pair.Server.Handler.Streams[1];
        server.WriteHeaders(Endpoint.List((":status", "403"), ("content-length", "2")), endStream: false);
        server.WriteData("no"u8, endStream: false);
        server.WriteHeaders(Endpoint.List(("x-trailer", "1")), endStream: true);
        pair.Pump();
        Assert.Equal(["headers 1 :status: 403; content-length: 2", "data 1 2", "trailers 1 x-trailer: 1"], pair.Client.Events);
    }

    [Fact]
    public void Headers_in_a_tunnel_are_a_stream_error()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1));
        server.Handler.Streams[1].WriteHeaders(Endpoint.Status(200), endStream: false);
        Assert.Throws<InvalidOperationException>(
            () => server.Handler.Streams[1].WriteHeaders(Endpoint.List(("x-trailer", "1")), endStream: true));
        server.Feed(Frames.Headers(1, Frames.EndStream, ("x-trailer", "1")));
        server.AssertReset(1, Http2ErrorCode.ProtocolError, "HEADERS in a tunnel");

        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Connect());
        client.Feed(Frames.Headers(1, 0, (":status", "200")), Frames.Headers(1, Frames.EndStream, ("x-trailer", "1")));
        client.AssertReset(1, Http2ErrorCode.ProtocolError, "HEADERS in a tunnel");
    }

    [Fact]
    public void A_refused_stream_is_reported_as_unprocessed()
    {
        var pair = new Pair(server: new Http2Options { MaxConcurrentStreams = 1 });
        pair.Client.Open(Endpoint.Post());
        Assert.False(pair.Client.Connection.CanOpenStream);
        pair.Client.Connection.TryOpenStream(Endpoint.Post(), false, null, out _, out Http2OpenFailure failure);
        Assert.Equal(Http2OpenFailure.TooManyStreams, failure);

        // A client that has not read the server's limit yet opens more than it takes.
        var early = new Endpoint(Http2Role.Client);
        early.Connection.Start();
        early.Open(Endpoint.Post());
        early.Feed(Frames.Settings((3, 0)), Frames.Reset(1, Http2ErrorCode.RefusedStream));
        Assert.Equal(["reset 1 RefusedStream"], early.Events);
        Assert.False(early.Connection.CanOpenStream);
        early.Feed(Frames.Settings((3, 1)));
        Assert.True(early.Connection.CanOpenStream);
    }

    [Fact]
    public void A_limit_that_falls_below_the_open_streams_lets_them_go_on()
    {
        Endpoint client = Endpoint.Client();
        Http2Stream first = client.Open(Endpoint.Post());
        client.Open(Endpoint.Post());
        client.Feed(Frames.Settings((3, 1)));
        Assert.Equal(4, first.WriteData("body"u8, endStream: true));
        client.Feed(Frames.Headers(1, Frames.EndStream, (":status", "200")));
        Assert.False(client.Connection.CanOpenStream);
        client.Feed(Frames.Headers(3, Frames.EndStream, (":status", "200")), Frames.Reset(3, Http2ErrorCode.NoError));
        Assert.True(client.Connection.CanOpenStream);
    }

    [Fact]
    public void When_the_stream_ids_are_used_up_the_connection_drains()
    {
        Endpoint client = Endpoint.Client(new Http2Options { FirstStreamId = int.MaxValue - 2 });
        Http2Stream first = client.Open(Endpoint.Get(), endStream: true);
        Assert.False(client.Connection.IsDraining);
        Http2Stream last = client.Open(Endpoint.Get(), endStream: true);
        Assert.Equal(int.MaxValue, last.Id);
        Assert.True(client.Connection.IsDraining);
        Assert.False(client.Connection.TryOpenStream(Endpoint.Get(), true, null, out _, out Http2OpenFailure failure));
        Assert.Equal(Http2OpenFailure.IdsExhausted, failure);
        client.Feed(Frames.Headers(first.Id, Frames.EndStream, (":status", "200")));
        Assert.False(client.Connection.IsDrained);
        client.Feed(Frames.Headers(last.Id, Frames.EndStream, (":status", "200")));
        Assert.True(client.Connection.IsDrained);
    }

    [Fact]
    public void A_goaway_cannot_take_back_what_one_before_it_said()
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Post());
        client.Open(Endpoint.Post());
        client.Feed(Frames.GoAway(int.MaxValue, Http2ErrorCode.NoError), Frames.GoAway(1, Http2ErrorCode.NoError));
        Assert.Equal(["goaway 2147483647 NoError", "goaway 1 NoError", "reset 3 RefusedStream"], client.Events);
        client.Feed(Frames.GoAway(3, Http2ErrorCode.NoError));
        client.AssertClosed(Http2ErrorCode.ProtocolError);
    }
}
