using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>What the peer's windows let us send, and who is woken when they open (RFC 9113, 6.9).</summary>
public sealed class SendWindowTests
{
    [Fact]
    public void A_write_is_accepted_up_to_the_streams_window_and_woken_by_its_update()
    {
        Endpoint client = Endpoint.Client();
        client.Feed(Frames.Settings((4, 10)), Frames.WindowUpdate(0, 1_000_000));
        Http2Stream stream = client.Open(Endpoint.Connect());
        client.TakeOutput();
        Assert.Equal(10, stream.SendWindow);
        Assert.Equal(10, stream.WriteData(new byte[25], endStream: true));
        Assert.Equal(["DATA 1 10"], client.TakeFrames());
        Assert.Equal(0, stream.WriteData(new byte[15], endStream: true));
        Assert.Empty(client.TakeOutput());

        client.Feed(Frames.WindowUpdate(1, 100));
        Assert.Equal(["window 1"], client.Events);
        Assert.Equal(15, stream.WriteData(new byte[15], endStream: true));
        Assert.Equal(["DATA 1 15 end"], client.TakeFrames());
        client.Feed(Frames.WindowUpdate(1, 100));
        Assert.Single(client.Events);
    }

    [Fact]
    public void An_end_needs_no_window()
    {
        Endpoint client = Endpoint.Client();
        client.Feed(Frames.Settings((4, 0)));
        Http2Stream stream = client.Open(Endpoint.Connect());
        client.TakeOutput();
        Assert.Equal(0, stream.WriteData("x"u8, endStream: true));
        Assert.False(stream.LocalEnded);
        Assert.Equal(0, stream.WriteData(default, endStream: true));
        Assert.True(stream.LocalEnded);
        Assert.Equal(["DATA 1 0 end"], client.TakeFrames());
    }

    [Fact]
    public void Large_writes_are_cut_into_frames()
    {
        Endpoint client = Endpoint.Client(new Http2Options { MaxDataFrameSize = 20_000 });
        Http2Stream stream = client.Open(Endpoint.Connect());
        client.TakeOutput();
        stream.WriteData(new byte[40_000], endStream: true);
        Assert.Equal(["DATA 1 16384", "DATA 1 16384", "DATA 1 7232 end"], client.TakeFrames());
        client.Feed(Frames.Settings((5, 1 << 20)), Frames.WindowUpdate(0, 100_000));
        stream = client.Open(Endpoint.Connect());
        client.TakeOutput();
        stream.WriteData(new byte[40_000], endStream: true);
        Assert.Equal(["DATA 3 20000", "DATA 3 20000 end"], client.TakeFrames());
    }

    [Fact]
    public void A_smaller_initial_window_can_make_a_window_negative()
    {
        Endpoint client = Endpoint.Client();
        Http2Stream stream = client.Open(Endpoint.Connect());
        stream.WriteData(new byte[60_000], endStream: false);
        client.Feed(Frames.Settings((4, 10_000))); // now 5,535 - 55,535 = -50,000
        Assert.Equal(0, stream.SendWindow);
        Assert.Equal(0, stream.WriteData(new byte[10], endStream: false));
        client.Feed(Frames.WindowUpdate(1, 50_000));
        Assert.Empty(client.Events);
        client.Feed(Frames.WindowUpdate(1, 1));
        Assert.Equal(["window 1"], client.Events);
        Assert.Equal(1, stream.WriteData(new byte[10], endStream: false));
        client.Feed(Frames.Settings((4, 10_005)));
        Assert.Equal(["window 1", "window 1"], client.Events);
        Assert.Equal(5, stream.SendWindow);
    }

    [Fact]
    public void Windows_above_the_greatest_are_refused()
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Connect());
        client.TakeOutput();
        client.Feed(Frames.WindowUpdate(1, 0x7FFF_FFFF));
        client.AssertReset(1, Http2ErrorCode.FlowControlError);
        client.Open(Endpoint.Connect());
        client.TakeOutput();
        client.Feed(Frames.WindowUpdate(3, 0));
        client.AssertReset(3, Http2ErrorCode.ProtocolError, "WINDOW_UPDATE of 0");
        client.Feed(Frames.WindowUpdate(0, 0x7FFF_FFFF));
        client.AssertClosed(Http2ErrorCode.FlowControlError);

        client = Endpoint.Client();
        client.Open(Endpoint.Connect());
        client.Feed(Frames.WindowUpdate(1, 0x7FFF_0000), Frames.Settings((4, 0x7FFF_FFFF)));
        client.AssertClosed(Http2ErrorCode.FlowControlError);

        client = Endpoint.Client();
        client.Feed(Frames.WindowUpdate(0, 0));
        client.AssertClosed(Http2ErrorCode.ProtocolError);
    }

    [Fact]
    public void Streams_that_wait_for_the_connection_are_woken_in_turn()
    {
        Endpoint client = Endpoint.Client();
        client.Feed(Frames.Settings((4, 1_000_000)));
        Http2Stream[] streams = [.. Enumerable.Range(0, 3).Select(_ => client.Open(Endpoint.Connect()))];
        client.Handler.SendWindow = stream => stream.WriteData(new byte[100_000], endStream: false);
        streams[0].WriteData(new byte[100_000], endStream: false);
        streams[1].WriteData(new byte[100_000], endStream: false);
        streams[2].WriteData(new byte[100_000], endStream: false);
        client.TakeOutput();

        // Those that got nothing come before the one that was served, then all take turns, a frame each.
        client.Feed(Frames.WindowUpdate(0, 16384));
        Assert.Equal(["DATA 3 16384"], client.TakeFrames());
        client.Feed(Frames.WindowUpdate(0, 16384));
        Assert.Equal(["DATA 5 16384"], client.TakeFrames());
        client.Feed(Frames.WindowUpdate(0, 3 * 16384));
        Assert.Equal(["DATA 1 16384", "DATA 3 16384", "DATA 5 16384"], client.TakeFrames());
        client.Feed(Frames.WindowUpdate(0, 100));
        Assert.Equal(["DATA 1 100"], client.TakeFrames());
    }

    [Fact]
    public void Streams_that_write_later_than_they_are_woken_still_take_turns()
    {
        Endpoint client = Endpoint.Client();
        client.Feed(Frames.Settings((4, 1_000_000)));
        Http2Stream[] streams = [.. Enumerable.Range(0, 4).Select(_ => client.Open(Endpoint.Connect()))];
        var woken = new List<Http2Stream>();
        client.Handler.SendWindow = woken.Add;
        int[] sent = new int[4];
        foreach (Http2Stream stream in streams)
        {
            stream.WriteData(new byte[65_535], endStream: false);
            stream.WriteData(new byte[65_535], endStream: false);
        }
        for (int round = 0; round < 40; round++)
        {
            client.Feed(Frames.WindowUpdate(0, 1000));
            foreach (Http2Stream stream in woken.ToArray())
            {
                sent[Array.IndexOf(streams, stream)] += stream.WriteData(new byte[65_535], endStream: false);
            }
            woken.Clear();
        }
        Assert.All(sent, bytes => Assert.Equal(10_000, bytes));
    }

    [Fact]
    public void A_stream_that_is_reset_or_ended_while_it_waits_is_not_woken()
    {
        Endpoint client = Endpoint.Client();
        client.Feed(Frames.Settings((4, 1_000_000)));
        Http2Stream[] streams = [.. Enumerable.Range(0, 4).Select(_ => client.Open(Endpoint.Connect()))];
        foreach (Http2Stream stream in streams)
        {
            stream.WriteData(new byte[100_000], endStream: false);
        }
        streams[1].Reset(Http2ErrorCode.Cancel);
        streams[2].WriteData(default, endStream: true);
        client.Feed(Frames.Reset(1, Http2ErrorCode.Cancel), Frames.WindowUpdate(0, 10));
        Assert.Equal(["reset 1 Cancel", "window 7"], client.Events);
    }

    [Fact]
    public void A_stream_blocked_by_both_windows_is_woken_once_both_are_open()
    {
        Endpoint client = Endpoint.Client();
        Http2Stream stream = client.Open(Endpoint.Connect());
        Assert.Equal(65_535, stream.WriteData(new byte[100_000], endStream: false));
        client.Feed(Frames.WindowUpdate(0, 1000));
        Assert.Empty(client.Events);
        client.Feed(Frames.WindowUpdate(1, 1000));
        Assert.Equal(["window 1"], client.Events);
        Assert.Equal(1000, stream.WriteData(new byte[5000], endStream: false));
        client.Feed(Frames.WindowUpdate(1, 1000));
        Assert.Single(client.Events);
        client.Feed(Frames.WindowUpdate(0, 1000));
        Assert.Equal(["window 1", "window 1"], client.Events);
    }
}
