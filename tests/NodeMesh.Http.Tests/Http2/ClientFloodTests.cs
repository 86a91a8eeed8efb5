using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>The abuses that a server can commit against its client: borne up to the limit, then the connection closes and says which.</summary>
public sealed class ClientFloodTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Pings() => Flood(new Http2Options { Pings = new(10, 0) }, Http2Flood.PingFlood, "ping", () => Frames.Ping(1));

    [Fact]
    public void Settings() =>
        Flood(new Http2Options { Settings = new(12, 0) }, Http2Flood.SettingsFlood, "settings", () => Frames.Settings((4, 1)));

    [Fact]
    public void Priorities() =>
        Flood(new Http2Options { Priorities = new(10, 0) }, Http2Flood.PriorityFlood, "priority", () => Frames.Raw(2, 0, 1, 0, 0, 0, 0, 1));

    [Fact]
    public void Window_updates() =>
        Flood(new Http2Options { WindowUpdates = new(10, 0) }, Http2Flood.WindowUpdateFlood, "window_update", () => Frames.WindowUpdate(0, 1));

    [Fact]
    public void Unknown_frames() =>
        Flood(new Http2Options { UnknownFrames = new(10, 0) }, Http2Flood.UnknownFrames, "unknown_frames", () => Frames.Raw(0xAA, 0, 0));

    [Fact]
    public void Goaways() =>
        Flood(new Http2Options { GoAways = new(10, 0) }, Http2Flood.GoAwayFlood, "goaway", () => Frames.GoAway(9, Http2ErrorCode.NoError));

    [Fact]
    public void Resets_of_streams_that_are_gone() => Flood(
        new Http2Options { LateResets = new(10, 0) }, Http2Flood.ResetFlood, "reset", () => Frames.Reset(1, Http2ErrorCode.Cancel), Finish);

    [Fact]
    public void Malformed_responses()
    {
        Endpoint? open = null;
        Flood(
            new Http2Options { StreamErrors = new(10, 0) },
            Http2Flood.MadeYouReset,
            "made_you_reset",
            () => Frames.Headers(open!.Open(Endpoint.Get(), endStream: true).Id, 0, (":status", "abc")),
            client => open = client);
    }

    [Fact]
    public void Responses_to_requests_that_the_client_took_back_are_no_abuse()
    {
        Endpoint client = Endpoint.Client(new Http2Options { StreamErrors = new(1, 0) }, _time);
        for (int i = 0; i < 100; i++)
        {
            Http2Stream stream = client.Open(Endpoint.Get(), endStream: true);
            int id = stream.Id;
            stream.Reset(Http2ErrorCode.Cancel);
            client.Feed(Frames.Headers(id, 0, (":status", "200")), Frames.Headers(id, Frames.EndStream, ("grpc-status", "0")));
        }
        Assert.False(client.Connection.IsClosed);
    }

    [Fact]
    public void Continuations_without_end()
    {
        bool first = true;
        Flood(new Http2Options { MaxContinuationFrames = 9 }, Http2Flood.ContinuationFlood, "continuation", () =>
        {
            byte type = first ? (byte)1 : (byte)9;
            first = false;
            return Frames.Raw(type, 0, 1, 0x88);
        });
    }

    [Fact]
    public void Empty_data_one_after_the_other() => Flood(
        new Http2Options { MaxConsecutiveEmptyFrames = 10 }, Http2Flood.EmptyFrames, "empty_frames", () => Frames.Data(1, 0), Answer);

    [Fact]
    public void An_encoded_block_above_the_limit()
    {
        Endpoint client = Endpoint.Client(new Http2Options { MaxHeaderBlockSize = 1000 }, _time);
        client.Open(Endpoint.Get(), endStream: true);
        client.Feed(Frames.Raw(1, 0, 1, new byte[1000]));
        Assert.False(client.Connection.IsClosed);
        client.Feed(Frames.Raw(9, 0, 1, new byte[1000]));
        client.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: Http2Flood.HeaderListTooLarge);
    }

    [Fact]
    public void Every_kind_has_a_name_of_its_own() =>
        Assert.Equal(Enum.GetValues<Http2Flood>().Length, Enum.GetValues<Http2Flood>().Select(flood => flood.Label()).Distinct().Count());

    // Ten are borne, the next is too much; another connection hears nothing of it.
    private void Flood(Http2Options options, Http2Flood flood, string label, Func<byte[]> abuse, Action<Endpoint>? prepare = null)
    {
        Endpoint other = Endpoint.Client(options, _time);
        Endpoint client = Endpoint.Client(options, _time);
        client.Open(Endpoint.Get(), endStream: true);
        prepare?.Invoke(client);
        for (int i = 0; i < 10; i++)
        {
            client.Feed(abuse());
        }
        Assert.False(client.Connection.IsClosed, string.Join('\n', client.Events));
        client.Feed(abuse());
        client.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: flood);
        Assert.Equal(label, client.Connection.Flood.Label());
        other.Open(Endpoint.Get(), endStream: true);
        other.Feed(Frames.Headers(1, Frames.EndStream, (":status", "200")));
        Assert.Equal(["headers 1 end :status: 200"], other.Events);
    }

    private static void Finish(Endpoint client) => client.Feed(Frames.Headers(1, Frames.EndStream, (":status", "200")));

    private static void Answer(Endpoint client) => client.Feed(Frames.Headers(1, 0, (":status", "200")), Frames.Data(1, 1));
}
