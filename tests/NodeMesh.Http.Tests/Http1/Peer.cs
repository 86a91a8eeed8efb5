using System.Buffers;
using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http1;
using NodeMesh.Http.Tests.Http2;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>One engine with its recorded events, its output, and the input it has not used.</summary>
internal sealed class Peer
{
    private byte[] _unread = [];

    public Peer(Http1Role role, Http1Options? options = null)
    {
        Connection = new Http1Connection(role, options ?? new Http1Options(), Handler, Output);
    }

    public Recorder Handler { get; } = new();

    public ArrayBufferWriter<byte> Output { get; } = new();

    public Http1Connection Connection { get; }

    public List<string> Events => Handler.Events;

    public int Unread => _unread.Length;

    public static Peer Server(Http1Options? options = null) => new(Http1Role.Server, options);

    public static Peer Client(Http1Options? options = null) => new(Http1Role.Client, options);

    /// <summary>A client that has sent a request with this method, whole.</summary>
    public static Peer Asked(string method = "GET", Http1Options? options = null)
    {
        Peer client = Client(options);
        Assert.True(client.Connection.WriteHeaders(Request(method), endStream: true));
        client.Written();
        return client;
    }

    /// <summary>Bytes arrive, behind those not used yet.</summary>
    public Peer Feed(string text) => Feed(Encoding.Latin1.GetBytes(text));

    public Peer Feed(byte[] bytes)
    {
        _unread = [.. _unread, .. bytes];
        int used = Connection.Receive(_unread);
        _unread = _unread[used..];
        return this;
    }

    /// <summary>Offers again what was not used.</summary>
    public Peer Again() => Feed([]);

    /// <summary>The bytes arrive a few at a time, each read in its own segments.</summary>
    public Peer FeedInPieces(byte[] bytes, Random random)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            int length = Math.Min(bytes.Length - at, random.Next(1, random.Next(2) == 0 ? 4 : 60));
            _unread = [.. _unread, .. bytes[at..(at + length)]];
            at += length;
            int[] cuts = [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(_unread.Length + 1)).Order()];
            ReadOnlySequence<byte> input = Segment.Split(_unread, cuts);
            _unread = input.Slice(Connection.Receive(input)).ToArray();
        }
        return this;
    }

    /// <summary>What was written since the last look.</summary>
    public string Written()
    {
        string text = Encoding.Latin1.GetString(Output.WrittenSpan);
        Output.ResetWrittenCount();
        return text;
    }

    /// <summary>Answers and gives what was written.</summary>
    public string Respond(HeaderList headers, string body = "")
    {
        Assert.True(Connection.WriteHeaders(headers, body.Length == 0), Connection.Refusal);
        if (body.Length > 0)
        {
            Assert.True(Connection.WriteData(Encoding.Latin1.GetBytes(body), endStream: true), Connection.Refusal);
        }
        return Written();
    }

    public void AssertError(Http1ErrorKind kind, int status, Http1Smuggling? smuggling = null)
    {
        Assert.True(Handler.Error is not null, "no error, but " + string.Join('\n', Events));
        Assert.Equal((kind, status), (Handler.Error!.Value.Kind, Handler.Error.Value.Status));
        if (smuggling is not null)
        {
            Assert.Equal(smuggling, Handler.Error.Value.Smuggling);
        }
        Assert.False(Connection.CanReuse);
    }

    public static HeaderList Request(string method = "GET", string path = "/", params (string Name, string Value)[] fields) =>
        Endpoint.List([(":method", method), (":scheme", "http"), (":authority", "a.test"), (":path", path), .. fields]);

    public static HeaderList Response(int status = 200, params (string Name, string Value)[] fields) =>
        Endpoint.List([(":status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)), .. fields]);
}
