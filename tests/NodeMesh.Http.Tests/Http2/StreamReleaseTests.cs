using System.Buffers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>Streams are given back by their owners and serve again.</summary>
public sealed class StreamReleaseTests
{
    private readonly Http2StreamPool _pool = new();

    [Fact]
    public void A_released_stream_serves_again_as_if_new()
    {
        Endpoint server = Server();
        Http2Stream first = Request(server, 1);
        first.State = this;
        first.WriteHeaders(Endpoint.Status(200), endStream: true);
        first.Release();
        Assert.Equal(1, _pool.Idle);
        Http2Stream? again = null;
        for (int id = 3; again is null; id += 2)
        {
            Http2Stream next = Request(server, id);
            again = ReferenceEquals(next, first) ? next : null;
            Assert.Equal(id, next.Id);
            Assert.Null(next.State);
            Assert.False(next.IsClosed || next.LocalEnded || next.ResetByPeer);
            Assert.Equal(65535, next.SendWindow);
            Assert.True(next.WriteHeaders(Endpoint.Status(200), endStream: true));
            next.Release();
            Assert.InRange(id, 3, 1000);
        }
    }

    [Fact]
    public void A_stale_call_is_caught()
    {
        Endpoint server = Server();
        Http2Stream stream = Request(server, 1);
        stream.WriteHeaders(Endpoint.Status(200), endStream: true);
        stream.Release();
        Assert.True(stream.IsClosed);
        Assert.Throws<InvalidOperationException>(stream.Release);
        Assert.Throws<InvalidOperationException>(() => stream.Connection);
#if DEBUG
        Assert.Throws<InvalidOperationException>(() => stream.WriteData("x"u8, endStream: false));
        Assert.Throws<InvalidOperationException>(() => stream.WriteHeaders(Endpoint.Status(200), endStream: false));
        Assert.Throws<InvalidOperationException>(() => stream.Reset(Http2ErrorCode.Cancel));
        Assert.Throws<InvalidOperationException>(() => stream.Consume(0));
#endif
    }

    [Fact]
    public void Releasing_an_answered_stream_stops_the_rest_of_the_request_without_error()
    {
        Endpoint server = Server();
        server.Feed(Frames.Headers(1, 0, (":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/")));
        Http2Stream stream = server.Handler.Streams[1];
        stream.WriteHeaders(Endpoint.Status(200), endStream: true);
        stream.Release();
        Assert.Equal(["HEADERS 1 end", "RST_STREAM 1 NoError"], server.TakeFrames());
        server.Feed(Frames.Data(1, 100, Frames.EndStream));
        Assert.False(server.Connection.IsClosed);
        Assert.Single(server.Events);
    }

    [Fact]
    public void Releasing_a_stream_under_way_cancels_it()
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Connect()).Release();
        Assert.Equal(["HEADERS 1", "RST_STREAM 1 Cancel"], client.TakeFrames());
        Assert.Equal(0, client.Connection.ActiveStreams);
        Assert.Empty(client.Events);
    }

    [Fact]
    public void The_rest_of_a_frame_does_not_reach_the_next_owner_of_its_stream()
    {
        Endpoint server = Server();
        server.Feed(Frames.ConnectRequest(1));
        server.Handler.Data = (stream, _, _) => stream.Release();
        byte[] frame = Frames.Data(1, 100, Frames.EndStream);
        server.Feed(frame[..20]);
        server.Feed(frame[20..], Frames.ConnectRequest(3));
        Assert.Equal(2 + 1, server.Events.Count);
        Assert.Equal("data 1 11", server.Events[1]);
    }

    [Fact]
    public void Streams_may_be_released_while_all_are_told_of_the_end()
    {
        Endpoint server = Server();
        for (int id = 1; id < 20; id += 2)
        {
            server.Feed(Frames.ConnectRequest(id));
        }
        server.Handler.ResetSeen = (stream, _) =>
        {
            foreach (Http2Stream other in server.Handler.Streams.Values.Where(other => !ReferenceEquals(other, stream)))
            {
                other.Release();
            }
            server.Handler.Streams.Clear();
            stream.Release();
        };
        server.Connection.Terminate(Http2ErrorCode.InternalError);
        Assert.Equal(10, _pool.Idle);
        Assert.Equal("reset 1 InternalError", server.Events[^1]);
        Assert.Equal(0, server.Connection.ActiveStreams);
    }

    [Fact]
    public void The_pool_keeps_so_many_and_no_more()
    {
        var pool = new Http2StreamPool(capacity: 2);
        var handler = new RecordingHandler();
        var client = new Http2Connection(Http2Role.Client, new Http2Options(), handler, new ArrayBufferWriter<byte>(), TimeProvider.System, pool);
        client.Start();
        var streams = new List<Http2Stream>();
        for (int i = 0; i < 5; i++)
        {
            Assert.True(client.TryOpenStream(Endpoint.Connect(), false, null, out Http2Stream? stream, out _));
            streams.Add(stream);
        }
        streams.ForEach(stream => stream.Release());
        Assert.Equal(2, pool.Idle);
    }

    private Endpoint Server()
    {
        var server = new Endpoint(Http2Role.Server, pool: _pool);
        server.Connection.Start();
        server.Feed(Frames.Preface, Frames.Settings(), Frames.SettingsAck());
        server.TakeOutput();
        return server;
    }

    private static Http2Stream Request(Endpoint server, int id)
    {
        server.Feed(Frames.Request(id));
        return server.Handler.Streams[id];
    }
}
