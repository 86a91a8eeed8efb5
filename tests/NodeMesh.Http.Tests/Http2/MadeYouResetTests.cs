using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>
/// The ways to make the other end reset a stream by frames that are not a reset (CVE-2025-8671): each is a stream error at first, and
/// counts, so that one above the limit closes the connection, whichever way was mixed with which.
/// </summary>
public sealed class MadeYouResetTests
{
    public static TheoryData<string, byte[], byte[]> Tricks => new()
    {
        { "WINDOW_UPDATE of 0", Frames.ConnectRequest(1), Frames.WindowUpdate(1, 0) },
        { "a window above the greatest", Frames.ConnectRequest(1), Frames.WindowUpdate(1, int.MaxValue) },
        { "PRIORITY of the wrong length", Frames.ConnectRequest(1), Frames.Raw(2, 0, 1, 1) },
        { "PRIORITY on itself", Frames.ConnectRequest(1), Frames.Raw(2, 0, 1, 0, 0, 0, 1, 0) },
        { "DATA behind the end", Frames.Request(1), Frames.Data(1, 1) },
        { "HEADERS behind the end", Frames.Request(1), Frames.Headers(1, Frames.EndStream, ("a", "b")) },
        { "DATA above content-length", Post("1"), Frames.Data(1, 2) },
        { "DATA below content-length", Post("3"), Frames.Data(1, 2, Frames.EndStream) },
        { "DATA above the window", Frames.ConnectRequest(1), Frames.Data(1, 101) },
        { "malformed trailers", Frames.Request(1, flags: 0), Frames.Headers(1, Frames.EndStream, ("A", "b")) },
        { "trailers without end", Frames.Request(1, flags: 0), Frames.Headers(1, 0, ("a", "b")) },
        { "trailers above the limit", Frames.Request(1, flags: 0), Frames.Headers(1, Frames.EndStream, ("a", new string('a', 300))) },
        { "a malformed request", [], Frames.Headers(1, 0, (":method", "GET")) },
        { "a request above the limit", [], Frames.Headers(1, 0, (":method", "GET"), ("a", new string('a', 300))) },
    };

    [Theory]
    [MemberData(nameof(Tricks))]
    public void Each_counts(string trick, byte[] request, byte[] frames)
    {
        var options = new Http2Options { StreamErrors = new(1, 0), InitialStreamWindow = 100, MaxHeaderListSize = 300 };
        Endpoint server = Endpoint.Server(options);
        server.Feed(request, frames);
        Assert.False(server.Connection.IsClosed, trick);
        Assert.Single(server.TakeFrames(), line => line.StartsWith("RST_STREAM 1 ", StringComparison.Ordinal));
        Assert.Single(server.Handler.Faults);
        Assert.Equal(0, server.Connection.ActiveStreams);

        // The second of any kind is one too many.
        server.Feed(Frames.Headers(3, 0, (":method", "GET")));
        server.AssertClosed(Http2ErrorCode.EnhanceYourCalm, flood: Http2Flood.MadeYouReset);
    }

    private static byte[] Post(string length) => Frames.Headers(
        1, 0, (":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/"), ("content-length", length));
}
