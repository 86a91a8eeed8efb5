using BenchmarkDotNet.Attributes;
using NodeMesh.Linux.Diagnostics;
using NodeMesh.Linux.Sockets;
using NodeMesh.Microbench.Environments;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Microbench.Benchmarks;

/// <summary>The kernel and libssl through our bindings.</summary>
[MemoryDiagnoser]
public class SocketBenchmarks
{
    private readonly byte[] _message = new byte[1024];
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly TcpPair _plain = new();
    private readonly TcpPair _secured = new();
    private readonly SocketDiagnostics _diagnostics = SocketDiagnostics.Open();
    private TlsSession? _client;
    private TlsSession? _server;
    private IpEndpoint _local;
    private IpEndpoint _peer;

    [GlobalSetup]
    public void Establish()
    {
        _local = _plain.Client.LocalEndpoint;
        _peer = _plain.Client.PeerEndpoint;
        var identities = new BenchIdentities();
        var set = identities.CreateSet(identities.Id("caller"), identities.Id("echo"));
        _client = new TlsClientContext(set).CreateSession(_secured.Client, identities.Id("caller"), _peer, identities.Id("echo"));
        _server = new TlsServerContext(set, _ => null, TimeProvider.System).CreateSession(_secured.Server, _peer);
        while (_client.Handshake() != TlsStatus.Done | _server.Handshake() != TlsStatus.Done)
        {
            if (_client.Failure is { } failure)
            {
                throw new InvalidOperationException(failure.ToString());
            }
        }
    }

    [Benchmark(Description = "owner of a connection from the kernel (sock_diag)")]
    public bool Attest() => _diagnostics.TryFind(_local, _peer, out _).Status == SocketLookupStatus.Found;

    [Benchmark(Baseline = true, Description = "1 KiB there and back over loopback TCP")]
    public void PlainRoundTrip()
    {
        Move(_plain.Client, _plain.Server);
        Move(_plain.Server, _plain.Client);
    }

    [Benchmark(Description = "the same under TLS 1.3")]
    public void TlsRoundTrip()
    {
        Move(_client!, _server!);
        Move(_server!, _client!);
    }

    private void Move(SocketDescriptor from, SocketDescriptor to)
    {
        _ = from.Send(_message);
        for (var left = _message.Length; left > 0;)
        {
            left -= Math.Max(0, to.Receive(_buffer));
        }
    }

    private void Move(TlsSession from, TlsSession to)
    {
        _ = from.Write(_message, out _);
        for (var left = _message.Length; left > 0;)
        {
            left -= to.Read(_buffer, out _);
        }
    }
}
