using BenchmarkDotNet.Attributes;
using NodeMesh.Http.Http2;
using NodeMesh.Microbench.Environments;

namespace NodeMesh.Microbench.Benchmarks;

/// <summary>The HTTP/2 engine alone, both ends of it on one thread.</summary>
[MemoryDiagnoser]
public class Http2Benchmarks
{
    private readonly byte[] _message = new byte[100];
    private readonly Http2Pair _pair = new();
    private Http2Stream? _client;
    private Http2Stream? _server;

    [GlobalSetup]
    public void Open() => (_client, _server) = _pair.Open();

    [Benchmark(Description = "100 bytes there and back: two DATA frames written and read")]
    public void Exchange()
    {
        _client!.WriteData(_message, endStream: false);
        _pair.Carry();
        _server!.WriteData(_message, endStream: false);
        _pair.Carry();
    }

    [Benchmark(Description = "a CONNECT stream opened, answered and ended: HPACK both ways")]
    public void OpenAndEnd()
    {
        var (client, server) = _pair.Open();
        client.WriteData(default, endStream: true);
        server.WriteData(default, endStream: true);
        _pair.Carry();
        client.Release();
        server.Release();
    }

    [Benchmark(Description = "a request of ten fields and 100 bytes, and its response, by both engines")]
    public void Request() => _pair.Request(_message);
}
