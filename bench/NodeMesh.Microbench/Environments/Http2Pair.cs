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
    private readonly HeaderList _post = new();
    private readonly HeaderList _answer = new();

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
        _post.Add(KnownHeader.Method, "POST");
        _post.Add(KnownHeader.Scheme, "http");
        _post.Add(KnownHeader.Authority, "orders.shop.mesh:8080");
        _post.Add(KnownHeader.Path, "/shop.Orders/Get");
        _post.Add(KnownHeader.UserAgent, "grpc-csharp/2.60 (.NET 10.0.0; Linux)");
        _post.Add(KnownHeader.ContentType, "application/grpc");
        _post.Add(KnownHeader.Te, "trailers");
        _post.Add(KnownHeader.Accept, "*/*");
        _post.Add(KnownHeader.Traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        _post.Add(KnownHeader.XRequestId, "4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
        _answer.Add(KnownHeader.Status, "200");
        _answer.Add(KnownHeader.ContentType, "application/grpc");
        _answer.Add(KnownHeader.Server, "orders");
        _answer.Add(KnownHeader.Date, "Tue, 01 Jul 2025 10:00:00 GMT");
        _answer.Add(KnownHeader.CacheControl, "no-store");
        _answer.Add(KnownHeader.Vary, "accept-encoding");
        _answer.Add("x-shard", "7");
        _answer.Add("x-cell", "eu-central-1b");
        _answer.Add(KnownHeader.ContentLength, "100");
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

    /// <summary>A request of ten fields with a body, its response of nine with another, and both streams given back.</summary>
    public void Request(ReadOnlySpan<byte> body)
    {
        if (!_client.Engine.TryOpenStream(_post, endStream: false, null, out var client, out var failure))
        {
            throw new InvalidOperationException($"no stream: {failure}");
        }

        client.WriteData(body, endStream: true);
        Carry();
        var server = _server.Opened!;
        server.WriteHeaders(_answer, endStream: false);
        server.WriteData(body, endStream: true);
        server.Release();
        Carry();
        client.Release();
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
