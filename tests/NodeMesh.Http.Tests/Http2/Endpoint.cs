using System.Buffers;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>One engine with its recorded events and its output.</summary>
internal sealed class Endpoint
{
    public Endpoint(Http2Role role, Http2Options? options = null, TimeProvider? time = null, Http2StreamPool? pool = null)
    {
        Connection = new Http2Connection(role, options ?? new Http2Options(), Handler, Output, time ?? TimeProvider.System, pool);
    }

    public RecordingHandler Handler { get; } = new();

    public ArrayBufferWriter<byte> Output { get; } = new();

    public Http2Connection Connection { get; }

    public List<string> Events => Handler.Events;

    /// <summary>A server whose client has sent preface and settings; what it said so far is dropped.</summary>
    public static Endpoint Server(Http2Options? options = null, TimeProvider? time = null)
    {
        var server = new Endpoint(Http2Role.Server, options, time);
        server.Connection.Start();
        server.Feed(Frames.Preface, Frames.Settings(), Frames.SettingsAck());
        server.TakeOutput();
        return server;
    }

    /// <summary>A client whose server has sent its settings.</summary>
    public static Endpoint Client(Http2Options? options = null, TimeProvider? time = null)
    {
        var client = new Endpoint(Http2Role.Client, options, time);
        client.Connection.Start();
        client.Feed(Frames.Settings(), Frames.SettingsAck());
        client.TakeOutput();
        return client;
    }

    /// <summary>The connection ended with this error, and GOAWAY says so.</summary>
    public void AssertClosed(Http2ErrorCode code, string? reason = null, Http2Flood flood = Http2Flood.None)
    {
        Assert.True(Connection.IsClosed, "the connection is open");
        string error = Assert.Single(Events, line => line.StartsWith("connection error", StringComparison.Ordinal));
        Assert.StartsWith($"connection error {code}: ", error, StringComparison.Ordinal);
        if (reason is not null)
        {
            Assert.Equal($"connection error {code}: {reason}", error);
        }
        Assert.Equal(flood, Connection.Flood);
        Assert.EndsWith($" {code}", TakeFrames()[^1], StringComparison.Ordinal);
    }

    /// <summary>The stream was reset with this error, and the connection lives.</summary>
    public void AssertReset(int stream, Http2ErrorCode code, string? reason = null)
    {
        Assert.False(Connection.IsClosed, string.Join('\n', Events));
        Assert.Contains($"RST_STREAM {stream} {code}", TakeFrames());
        if (reason is not null)
        {
            Assert.Contains($"stream error {stream} {code}: {reason}", Events);
        }
    }

    public byte[] TakeOutput()
    {
        byte[] bytes = Output.WrittenSpan.ToArray();
        Output.ResetWrittenCount();
        return bytes;
    }

    public List<string> TakeFrames() => Frames.Describe(TakeOutput());

    /// <summary>The bytes must all be used.</summary>
    public void Feed(params byte[][] frames)
    {
        byte[] bytes = [.. frames.SelectMany(frame => frame)];
        Assert.Equal(bytes.Length, Connection.Receive(bytes));
    }

    /// <summary>Offers the bytes a few at a time, what was left over again with the next.</summary>
    public void FeedInPieces(byte[] bytes, int size)
    {
        int used = 0;
        for (int end = 0; end < bytes.Length;)
        {
            end = Math.Min(end + size, bytes.Length);
            used += Connection.Receive(bytes.AsSpan(used..end));
        }
        Assert.Equal(bytes.Length, used);
    }

    public Http2Stream Open(HeaderList headers, bool endStream = false)
    {
        Assert.True(Connection.TryOpenStream(headers, endStream, null, out Http2Stream? stream, out Http2OpenFailure failure), failure.ToString());
        return stream;
    }

    public static HeaderList List(params (string Name, string Value)[] fields)
    {
        var list = new HeaderList();
        foreach ((string name, string value) in fields)
        {
            list.Add(name, value);
        }
        return list;
    }

    public static HeaderList Connect(string authority = "10.0.0.1:80") => List((":method", "CONNECT"), (":authority", authority));

    public static HeaderList Get(string path = "/") =>
        List((":method", "GET"), (":scheme", "http"), (":authority", "orders"), (":path", path));

    public static HeaderList Post(string path = "/") =>
        List((":method", "POST"), (":scheme", "http"), (":authority", "orders"), (":path", path));

    public static HeaderList Status(int status) => List((":status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}
