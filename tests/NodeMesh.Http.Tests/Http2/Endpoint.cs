using System.Buffers;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>One engine with its recorded events and its output.</summary>
internal sealed class Endpoint
{
    public Endpoint(Http2Role role, Http2Options? options = null, TimeProvider? time = null)
    {
        Connection = new Http2Connection(role, options ?? new Http2Options(), Handler, Output, time ?? TimeProvider.System);
    }

    public RecordingHandler Handler { get; } = new();

    public ArrayBufferWriter<byte> Output { get; } = new();

    public Http2Connection Connection { get; }

    public List<string> Events => Handler.Events;

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
