using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>What we let the peer send: per stream by what was consumed, per connection on receipt, growing by measured need.</summary>
public sealed class ReceiveWindowTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_streams_window_is_given_back_in_steps_of_half_when_the_reader_consumes()
    {
        Endpoint server = Tunnel(out Http2Stream stream);
        server.Feed(Frames.Data(1, 16384), Frames.Data(1, 16384));
        Assert.Equal(32768, stream.Unconsumed);
        stream.Consume(32767);
        Assert.Empty(server.TakeOutput());
        _time.Advance(TimeSpan.FromSeconds(1));
        stream.Consume(1);
        Assert.Equal([RoundTripPing, "WINDOW_UPDATE 1 32768"], server.TakeFrames());
        Assert.Equal(0, stream.Unconsumed);
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Consume(1));
    }

    [Fact]
    public void More_than_the_streams_window_is_a_stream_error()
    {
        Endpoint server = Tunnel(out _);
        for (int i = 0; i < 4; i++)
        {
            server.Feed(Frames.Data(1, 16384));
        }
        server.Feed(Frames.Data(1, 1));
        server.AssertReset(1, Http2ErrorCode.FlowControlError);
    }

    [Fact]
    public void More_than_the_connections_window_closes_the_connection()
    {
        // The credit goes back in steps of half a window: 32,000 is just below the step, so 33,535 are left.
        var options = new Http2Options { ConnectionWindow = 65_535, InitialStreamWindow = 60_000, MaxFrameSize = 1 << 20 };
        Endpoint server = Endpoint.Server(options, _time);
        server.Handler.ConsumeAtOnce = false;
        server.Feed(Frames.ConnectRequest(1), Frames.ConnectRequest(3), Frames.Data(1, 32_000));
        server.TakeOutput();
        server.Feed(Frames.Raw(0, 0, 3, new byte[40_000]));
        server.AssertClosed(Http2ErrorCode.FlowControlError, "more DATA than the connection's window");
    }

    [Fact]
    public void A_stream_that_is_not_read_does_not_stop_the_others()
    {
        var pair = new Pair(server: new Http2Options { ConnectionWindow = 100_000 });
        (Http2Stream slow, _) = pair.Tunnel();
        (Http2Stream fast, _) = pair.Tunnel();
        pair.Server.Handler.ConsumeAtOnce = false;
        pair.Server.Handler.Data = (stream, data, _) =>
        {
            if (stream.Id == fast.Id)
            {
                stream.Consume(data.Length);
            }
        };
        byte[] bytes = new byte[1_000_000];
        int sent = 0;
        pair.Client.Handler.SendWindow = stream => sent += stream == fast ? fast.WriteData(bytes.AsSpan(sent), endStream: true) : 0;
        Assert.Equal(65_536, slow.WriteData(bytes, endStream: false) + PumpThen(pair, () => slow.WriteData(bytes, endStream: false)));
        sent += fast.WriteData(bytes, endStream: true);
        pair.Pump();
        Assert.Equal(bytes.Length, pair.Server.Handler.Body(fast.Id).Length);
        Assert.Equal(65_536, pair.Server.Handler.Streams[slow.Id].Unconsumed);
    }

    [Fact]
    public void A_window_doubles_while_half_of_it_is_used_within_two_round_trips()
    {
        Endpoint server = Tunnel(out Http2Stream stream);
        Fill(server, stream, 32768);
        Assert.Equal([RoundTripPing, "WINDOW_UPDATE 1 32768"], server.TakeFrames());
        _time.Advance(TimeSpan.FromMilliseconds(10));
        server.Feed(RoundTripPong);
        Assert.Equal(TimeSpan.FromMilliseconds(10), server.Connection.RoundTrip);

        _time.Advance(TimeSpan.FromMilliseconds(10)); // 20 ms since the last update: two round trips
        Fill(server, stream, 32768);
        Assert.Equal(["WINDOW_UPDATE 1 98304"], server.TakeFrames());
        Assert.Equal(131072, stream.ReceiveWindowSize);
        Assert.Equal(65536, server.Connection.WindowGrowth);

        _time.Advance(TimeSpan.FromMilliseconds(21)); // enough now
        Fill(server, stream, 65536);
        Assert.Equal(["WINDOW_UPDATE 1 65536"], server.TakeFrames());
        Assert.Equal(131072, stream.ReceiveWindowSize);
        server.Feed(Frames.Reset(1, Http2ErrorCode.Cancel));
        Assert.Equal(0, server.Connection.WindowGrowth);
    }

    [Fact]
    public void A_window_stops_growing_at_its_limit_and_at_the_connections_budget()
    {
        var options = new Http2Options { MaxStreamWindow = 200_000, WindowGrowthBudget = 150_000 };
        Endpoint server = Tunnel(out Http2Stream first, options);
        Learn(server, first);
        for (int i = 0; i < 5; i++)
        {
            Fill(server, first, (first.ReceiveWindowSize + 1) / 2);
        }
        Assert.Equal(200_000, first.ReceiveWindowSize);
        server.Feed(Frames.ConnectRequest(3));
        Http2Stream second = server.Handler.Streams[3];
        for (int i = 0; i < 5; i++)
        {
            Fill(server, second, (second.ReceiveWindowSize + 1) / 2);
        }
        Assert.Equal(65_536 + 150_000 - (200_000 - 65_536), second.ReceiveWindowSize);
        Assert.Equal(150_000, server.Connection.WindowGrowth);
        first.Reset(Http2ErrorCode.Cancel);
        second.Reset(Http2ErrorCode.Cancel);
        Assert.Equal(0, server.Connection.WindowGrowth);
    }

    [Fact]
    public void A_slow_reader_does_not_grow_its_window()
    {
        Endpoint server = Tunnel(out Http2Stream stream);
        Learn(server, stream);
        for (int i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            Fill(server, stream, 32768);
        }
        Assert.Equal(65_536, stream.ReceiveWindowSize);
    }

    [Fact]
    public void A_window_smaller_than_the_protocols_holds_from_the_acknowledgement_on()
    {
        var server = new Endpoint(Http2Role.Server, new Http2Options { InitialStreamWindow = 100 });
        server.Handler.ConsumeAtOnce = false;
        server.Connection.Start();
        server.Feed(Frames.Preface, Frames.Settings(), Frames.ConnectRequest(1), Frames.Data(1, 1000));
        Assert.False(server.Connection.IsClosed);
        server.TakeOutput();
        server.Feed(Frames.SettingsAck(), Frames.ConnectRequest(3), Frames.Data(3, 100));
        Assert.Empty(server.TakeOutput());
        server.Feed(Frames.Data(3, 1));
        server.AssertReset(3, Http2ErrorCode.FlowControlError);
        server.Feed(Frames.Data(1, 1));
        server.AssertReset(1, Http2ErrorCode.FlowControlError);
    }

    [Fact]
    public void Nothing_is_given_back_on_a_stream_whose_end_has_come()
    {
        Endpoint server = Tunnel(out Http2Stream stream);
        server.Feed(Frames.Data(1, 16384), Frames.Data(1, 16384), Frames.Data(1, 16384, Frames.EndStream));
        stream.Consume(49152);
        Assert.Empty(server.TakeOutput());
    }

    private const string RoundTripPing = "PING 5642256430305116160";

    private static byte[] RoundTripPong => Frames.Ping(5642256430305116160, Frames.Ack);

    private static int PumpThen(Pair pair, Func<int> write)
    {
        pair.Pump();
        return write();
    }

    private Endpoint Tunnel(out Http2Stream stream, Http2Options? options = null)
    {
        Endpoint server = Endpoint.Server(options, _time);
        server.Handler.ConsumeAtOnce = false;
        server.Feed(Frames.ConnectRequest(1));
        stream = server.Handler.Streams[1];
        return server;
    }

    // Lets the engine measure a round trip of 10 ms.
    private void Learn(Endpoint server, Http2Stream stream)
    {
        Fill(server, stream, 32768);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        server.Feed(RoundTripPong);
        server.TakeOutput();
    }

    private static void Fill(Endpoint server, Http2Stream stream, int bytes)
    {
        for (int left = bytes; left > 0; left -= 16384)
        {
            server.Feed(Frames.Data(stream.Id, Math.Min(left, 16384)));
        }
        stream.Consume(bytes);
    }
}
