using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>Writes down what an engine reports, one line per event (consecutive DATA of one stream joined), and lets a test react.</summary>
internal sealed class RecordingHandler : IHttp2ConnectionHandler
{
    private readonly Dictionary<int, MemoryStream> _bodies = [];
    private int _dataStream = -1;

    public List<string> Events { get; } = [];

    /// <summary>The kinds of stream errors, in order.</summary>
    public List<Http2StreamFault> Faults { get; } = [];

    public Dictionary<int, Http2Stream> Streams { get; } = [];

    public bool ConsumeAtOnce { get; set; } = true;

    public Action<Http2Stream, HeaderList, bool>? Headers { get; set; }

    public Func<Http2Stream, bool>? TooLarge { get; set; }

    public Action<Http2Stream, byte[], bool>? Data { get; set; }

    public Action<Http2Stream>? SendWindow { get; set; }

    public Action<Http2Stream, Http2ErrorCode>? ResetSeen { get; set; }

    public Action<Http2Stream>? Trailers { get; set; }

    public byte[] Body(int streamId) => _bodies.TryGetValue(streamId, out MemoryStream? body) ? body.ToArray() : [];

    public string Text(int streamId) => Encoding.ASCII.GetString(Body(streamId));

    public void OnHeaders(Http2Stream stream, HeaderList headers, bool endStream)
    {
        Streams[stream.Id] = stream;
        Add($"headers {stream.Id}{End(endStream)} {Describe(headers)}");
        Headers?.Invoke(stream, headers, endStream);
    }

    public bool OnHeadersTooLarge(Http2Stream stream, bool endStream)
    {
        if (TooLarge is null)
        {
            return false;
        }
        Add($"too large {stream.Id}{End(endStream)}");
        return TooLarge(stream);
    }

    public void OnInformational(Http2Stream stream, HeaderList headers) => Add($"informational {stream.Id} {Describe(headers)}");

    public void OnTrailers(Http2Stream stream, HeaderList trailers)
    {
        Add($"trailers {stream.Id} {Describe(trailers)}");
        Trailers?.Invoke(stream);
    }

    public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (!_bodies.TryGetValue(stream.Id, out MemoryStream? body))
        {
            _bodies[stream.Id] = body = new MemoryStream();
        }
        body.Write(data);
        string line = $"data {stream.Id} {body.Length}{End(endStream)}";
        if (_dataStream == stream.Id)
        {
            Events[^1] = line;
        }
        else
        {
            Add(line);
            _dataStream = stream.Id;
        }
        if (ConsumeAtOnce)
        {
            stream.Consume(data.Length);
        }
        Data?.Invoke(stream, data.ToArray(), endStream);
    }

    public void OnReset(Http2Stream stream, Http2ErrorCode code)
    {
        Add($"reset {stream.Id} {code}");
        ResetSeen?.Invoke(stream, code);
    }

    public void OnSendWindow(Http2Stream stream)
    {
        Add($"window {stream.Id}");
        SendWindow?.Invoke(stream);
    }

    public void OnGoAway(int lastStreamId, Http2ErrorCode code) => Add($"goaway {lastStreamId} {code}");

    public void OnPingAck(ulong opaque) => Add($"pong {opaque}");

    public void OnStreamError(int streamId, Http2StreamFault fault, Http2ErrorCode code, string reason)
    {
        Faults.Add(fault);
        Add($"stream error {streamId} {code}: {reason}");
    }

    public void OnConnectionError(Http2ErrorCode code, string reason) => Add($"connection error {code}: {reason}");

    public static string Describe(HeaderList headers)
    {
        var text = new StringBuilder();
        foreach (HeaderField field in headers)
        {
            text.Append(text.Length == 0 ? "" : "; ").Append(field.ToString());
        }
        return text.ToString();
    }

    private static string End(bool endStream) => endStream ? " end" : "";

    private void Add(string line)
    {
        Events.Add(line);
        _dataStream = -1;
    }
}
