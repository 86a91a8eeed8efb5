using System.Buffers;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Microbench.Environments;

/// <summary>A client and a server engine whose bytes are carried between them in memory.</summary>
internal sealed class Http2Pair
{
    private readonly ArrayBufferWriter<byte> _fromClient = new(1 << 20);
    private readonly ArrayBufferWriter<byte> _fromServer = new(1 << 20);
    private readonly Peer _client;
    private readonly Peer _server;
    private readonly HeaderList _request = new();
    private readonly HeaderList _response = new();

    public Http2Pair()
    {
        _client = new Peer(Http2Role.Client, _fromClient);
        _server = new Peer(Http2Role.Server, _fromServer);
        _client.Engine.Start();
        _server.Engine.Start();
        _request.Add(KnownHeader.Method, "CONNECT");
        _request.Add(KnownHeader.Authority, "192.0.2.2:6379");
        _request.Add("forwarded", "for=\"192.0.2.1:40000\";host=echo.default.mesh");
        _request.Add("nodemesh-workload", "default/echo");
        _response.Add(KnownHeader.Status, "200");
        Carry();
    }

    /// <summary>Opens a tunnel and has it answered: both ends of it.</summary>
    public (Http2Stream Client, Http2Stream Server) Open()
    {
        if (!_client.Engine.TryOpenStream(_request, endStream: false, null, out var client, out var failure))
        {
            throw new InvalidOperationException($"no stream: {failure}");
        }

        Carry();
        var server = _server.Opened!;
        server.WriteHeaders(_response, endStream: false);
        Carry();
        return (client, server);
    }

    /// <summary>Gives each engine what the other wrote, until both are silent.</summary>
    public void Carry()
    {
        while (_fromClient.WrittenCount + _fromServer.WrittenCount > 0)
        {
            _server.Engine.Receive(_fromClient.WrittenSpan);
            _fromClient.ResetWrittenCount();
            _client.Engine.Receive(_fromServer.WrittenSpan);
            _fromServer.ResetWrittenCount();
        }
    }

    private sealed class Peer : IHttp2ConnectionHandler
    {
        public Peer(Http2Role role, IBufferWriter<byte> output) => Engine = new Http2Connection(role, new Http2Options(), this, output, TimeProvider.System);

        public Http2Connection Engine { get; }

        public Http2Stream? Opened { get; private set; }

        public void OnHeaders(Http2Stream stream, HeaderList headers, bool endStream) => Opened = stream;

        public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream) => stream.Consume(data.Length);

        public void OnSendWindow(Http2Stream stream)
        {
        }

        public void OnPingAck(ulong opaque)
        {
        }

        public void OnTrailers(Http2Stream stream, HeaderList trailers) => throw new InvalidOperationException("trailers");

        public void OnReset(Http2Stream stream, Http2ErrorCode code) => throw new InvalidOperationException($"the stream was reset: {code}");

        public void OnGoAway(int lastStreamId, Http2ErrorCode code) => throw new InvalidOperationException($"GOAWAY: {code}");

        public void OnConnectionError(Http2ErrorCode code, string reason) => throw new InvalidOperationException($"{code}: {reason}");
    }
}
