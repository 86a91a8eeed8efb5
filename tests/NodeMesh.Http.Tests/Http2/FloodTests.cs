using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>Each abuse up to its limit is borne, and one more closes the connection with ENHANCE_YOUR_CALM and its name.</summary>
public sealed class FloodTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Requests_reset_before_their_answer()
    {
        int id = 1;
        Flood(new Http2Options { RapidResets = new(10, 2) }, 10, Http2Flood.RapidReset, () =>
        {
            byte[] frames = [.. Frames.ConnectRequest(id), .. Frames.Reset(id, Http2ErrorCode.Cancel)];
            id += 2;
            return frames;
        });
    }

    [Fact]
    public void A_request_reset_after_its_answer_is_no_abuse()
    {
        Endpoint server = Endpoint.Server(new Http2Options { RapidResets = new(1, 0) }, _time);
        server.Handler.Headers = (stream, _, _) => stream.WriteHeaders(Endpoint.Status(200), endStream: false);
        for (int id = 1; id < 100; id += 2)
        {
            server.Feed(Frames.ConnectRequest(id), Frames.Reset(id, Http2ErrorCode.Cancel));
        }
        Assert.False(server.Connection.IsClosed);
    }

    [Fact]
    public void Each_answer_allows_one_more_request_to_be_reset()
    {
        Endpoint server = Endpoint.Server(new Http2Options { RapidResets = new(1, 0) }, _time);
        server.Handler.Headers = (stream, _, _) =>
        {
            if (stream.Id % 4 == 1)
            {
                stream.WriteHeaders(Endpoint.Status(200), endStream: true);
            }
        };
        for (int id = 1; id < 400; id += 4)
        {
            server.Feed(Frames.ConnectRequest(id), Frames.Reset(id, Http2ErrorCode.Cancel));
            server.Feed(Frames.ConnectRequest(id + 2), Frames.Reset(id + 2, Http2ErrorCode.Cancel));
        }
        Assert.False(server.Connection.IsClosed);
        server.Feed(Frames.ConnectRequest(403), Frames.Reset(403, Http2ErrorCode.Cancel));
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: Http2Flood.RapidReset);
    }

    [Fact]
    public void Continuations_without_end()
    {
        Endpoint server = Endpoint.Server(new Http2Options { MaxContinuationFrames = 5 });
        server.Feed(Frames.Raw(1, 0, 1, 0x82));
        for (int i = 0; i < 5; i++)
        {
            server.Feed(Frames.Raw(9, 0, 1, 0x82));
        }
        Assert.False(server.Connection.IsClosed);
        server.Feed(Frames.Raw(9, 0, 1, 0x82));
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: Http2Flood.ContinuationFlood);
    }

    [Fact]
    public void Empty_data_one_after_the_other()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1), Frames.Data(1, 0), Frames.Data(1, 1), Frames.Data(1, 0));
        Assert.False(server.Connection.IsClosed);
        server.Feed(Frames.Data(1, 0));
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: Http2Flood.EmptyFrames);
    }

    [Fact]
    public void Empty_headers_and_continuation_one_after_the_other()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Raw(1, 0, 1), Frames.Raw(9, 0, 1));
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: Http2Flood.EmptyFrames);
    }

    [Fact]
    public void Pings() => Flood(new Http2Options { Pings = new(10, 2) }, 10, Http2Flood.PingFlood, () => Frames.Ping(1));

    [Fact]
    public void Pings_in_proportion_to_data_are_borne()
    {
        Endpoint server = Endpoint.Server(new Http2Options { Pings = new(10, 0) }, _time);
        server.Feed(Frames.ConnectRequest(1));
        for (int i = 0; i < 1000; i++)
        {
            server.Feed(Frames.Data(1, 1), Frames.Ping(1));
        }
        Assert.False(server.Connection.IsClosed);
    }

    [Fact]
    public void Settings() =>
        Flood(new Http2Options { Settings = new(12, 2) }, 10, Http2Flood.SettingsFlood, () => Frames.Settings((4, 1)));

    [Fact]
    public void A_settings_frame_of_thousands()
    {
        Endpoint server = Endpoint.Server(new Http2Options { MaxFrameSize = 1 << 20 });
        server.Feed([0, 0x40, 0x02, 4, 0, 0, 0, 0, 0]);
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: Http2Flood.SettingsFlood);
    }

    [Fact]
    public void Resets_of_streams_that_are_gone() => Flood(
        new Http2Options { LateResets = new(10, 2) }, 10, Http2Flood.ResetFlood, () => Frames.Reset(1, Http2ErrorCode.Cancel), Finished);

    [Fact]
    public void Priorities() =>
        Flood(new Http2Options { Priorities = new(10, 2) }, 10, Http2Flood.PriorityFlood, () => Frames.Raw(2, 0, 1, 0, 0, 0, 0, 1));

    [Fact]
    public void Window_updates() =>
        Flood(new Http2Options { WindowUpdates = new(10, 2) }, 10, Http2Flood.WindowUpdateFlood, () => Frames.WindowUpdate(0, 1));

    [Fact]
    public void Window_updates_in_proportion_to_what_we_send_are_borne()
    {
        Endpoint client = Endpoint.Client(new Http2Options { WindowUpdates = new(10, 0) }, _time);
        Http2Stream stream = client.Open(Endpoint.Connect());
        for (int i = 0; i < 1000; i++)
        {
            stream.WriteData("x"u8, endStream: false);
            client.Feed(Frames.WindowUpdate(0, 1), Frames.WindowUpdate(1, 1));
        }
        Assert.False(client.Connection.IsClosed);
    }

    [Fact]
    public void Stream_errors_that_the_peer_provokes()
    {
        int id = 1;
        Flood(new Http2Options { StreamErrors = new(10, 2) }, 10, Http2Flood.MadeYouReset, () =>
        {
            byte[] frames = [.. Frames.ConnectRequest(id), .. Frames.WindowUpdate(id, 0)];
            id += 2;
            return frames;
        });
    }

    [Fact]
    public void Malformed_requests()
    {
        int id = -1;
        Flood(
            new Http2Options { StreamErrors = new(10, 2) },
            10,
            Http2Flood.MadeYouReset,
            () => Frames.Headers(id += 2, Frames.EndStream, (":method", "GET")));
    }

    [Fact]
    public void Header_blocks_on_a_stream_we_reset()
    {
        Flood(
            new Http2Options { StreamErrors = new(10, 2) },
            10,
            Http2Flood.MadeYouReset,
            () => Frames.Headers(1, 0, ("a", "b")),
            server =>
            {
                server.Feed(Frames.ConnectRequest(1));
                server.Handler.Streams[1].Reset(Http2ErrorCode.Cancel);
            });
    }

    [Fact]
    public void Streams_above_the_limit()
    {
        int id = -1;
        Flood(
            new Http2Options { MaxConcurrentStreams = 0, RefusedStreams = new(10, 2) },
            10,
            Http2Flood.RefusedStreams,
            () => Frames.ConnectRequest(id += 2));
    }

    [Fact]
    public void Unknown_frames() =>
        Flood(new Http2Options { UnknownFrames = new(10, 2) }, 10, Http2Flood.UnknownFrames, () => Frames.Raw(0xAA, 0, 0));

    [Fact]
    public void Goaways() =>
        Flood(new Http2Options { GoAways = new(10, 2) }, 10, Http2Flood.GoAwayFlood, () => Frames.GoAway(0, Http2ErrorCode.NoError));

    [Fact]
    public void Answers_that_are_not_read()
    {
        Endpoint server = Endpoint.Server(new Http2Options { MaxUnreadAnswers = 170 });
        for (int i = 0; i < 10; i++)
        {
            server.Feed(Frames.Ping(1)); // 17 bytes of answer each
            server.Connection.OutputPending += 17;
        }
        Assert.False(server.Connection.IsClosed);
        server.Connection.OutputPending = 17; // the peer has read
        server.Feed(Frames.Ping(1));
        server.Connection.OutputPending = 1_000_000; // DATA waits; that alone is no abuse
        for (int i = 0; i < 8; i++)
        {
            server.Feed(Frames.Ping(1));
        }
        Assert.False(server.Connection.IsClosed);
        server.Feed(Frames.Ping(1));
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: Http2Flood.UnreadAnswers);
    }

    // Within the burst all is well; one more is too much; but not when enough time has passed for it.
    private void Flood(Http2Options options, int burst, Http2Flood flood, Func<byte[]> abuse, Action<Endpoint>? prepare = null)
    {
        Endpoint server = Endpoint.Server(options, _time);
        prepare?.Invoke(server);
        for (int i = 0; i < burst; i++)
        {
            server.Feed(abuse());
        }
        Assert.False(server.Connection.IsClosed, string.Join('\n', server.Events));
        _time.Advance(TimeSpan.FromSeconds(1));
        server.Feed(abuse());
        server.Feed(abuse());
        Assert.False(server.Connection.IsClosed, string.Join('\n', server.Events));
        server.Feed(abuse());
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: flood);
    }

    private static void Finished(Endpoint server)
    {
        server.Handler.Headers = (stream, _, _) => stream.WriteHeaders(Endpoint.Status(200), endStream: true);
        server.Feed(Frames.Request(1));
    }
}
