using System.Buffers;
using System.Net.Sockets;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>One end of a plain HTTP/2 connection with blocking calls, a request at a time.</summary>
internal sealed class Http2Peer : IHttp2ConnectionHandler, IDisposable
{
    private readonly Socket _socket;
    private readonly Http2Connection _engine;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly HeaderList _headers = new();
    private readonly byte[] _input = new byte[256 * 1024];
    private int _have;
    private bool _isWhole;
    private Http2Stream? _stream;

    private Http2Peer(Socket socket, Http2Role role)
    {
        _socket = socket;
        socket.ReceiveTimeout = (int)Until.Patience.TotalMilliseconds;
        _engine = new Http2Connection(role, new Http2Options(), this, _output, TimeProvider.System);
        _engine.Start();
    }

    public static Http2Peer Client(Socket socket) => new(socket, Http2Role.Client);

    public static Http2Peer Server(Socket socket) => new(socket, Http2Role.Server);

    /// <summary>Sends a request with a body.</summary>
    public void Ask()
    {
        _isWhole = false;
        _headers.Clear();
        _headers.Add(KnownHeader.Method, "POST"u8);
        _headers.Add(KnownHeader.Scheme, "http"u8);
        _headers.Add(KnownHeader.Authority, "orders.shop.mesh"u8);
        _headers.Add(KnownHeader.Path, "/orders?q=1"u8);
        Assert.True(_engine.TryOpenStream(_headers, endStream: false, null, out var stream, out var failure), failure.ToString());
        _stream = stream;
        stream.WriteData("hello"u8, endStream: true);
        Flush();
    }

    public void ReceiveAnswer()
    {
        ReceiveMessage();
        _stream!.Release();
        Flush();
    }

    /// <summary>Waits for a request and answers it.</summary>
    public void Answer()
    {
        ReceiveMessage();
        _isWhole = false;
        _headers.Clear();
        _headers.Add(KnownHeader.Status, "200"u8);
        _stream!.WriteHeaders(_headers, endStream: false);
        _stream.WriteData("world"u8, endStream: true);
        _stream.Release();
        Flush();
    }

    public void OnHeaders(Http2Stream stream, HeaderList headers, bool endStream)
    {
        _stream = stream;
        _isWhole = endStream;
    }

    public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        stream.Consume(data.Length);
        _isWhole |= endStream;
    }

    public void OnTrailers(Http2Stream stream, HeaderList trailers) => _isWhole = true;

    public void OnReset(Http2Stream stream, Http2ErrorCode code) => Assert.Fail($"stream {stream.Id} was reset: {code}");

    public void OnSendWindow(Http2Stream stream)
    {
    }

    public void OnPeerSettings()
    {
    }

    public void OnGoAway(int lastStreamId, Http2ErrorCode code)
    {
    }

    public void OnPingAck(ulong opaque)
    {
    }

    public void OnConnectionError(Http2ErrorCode code, string reason) => Assert.Fail(reason);

    public void Dispose() => _socket.Dispose();

    private void ReceiveMessage()
    {
        while (!_isWhole)
        {
            var count = _socket.Receive(_input.AsSpan(_have));
            Assert.True(count > 0, "the connection ended");
            _have += count;
            var used = _engine.Receive(_input.AsSpan(0, _have));
            _input.AsSpan(used, _have - used).CopyTo(_input);
            _have -= used;
            Flush();
        }
    }

    private void Flush()
    {
        if (_output.WrittenCount > 0)
        {
            _socket.Send(_output.WrittenSpan);
            _output.ResetWrittenCount();
        }
    }
}
