using BenchmarkDotNet.Attributes;
using NodeMesh.Microbench.Environments;

namespace NodeMesh.Microbench.Benchmarks;

/// <summary>A request and its answer through the data path, between two applications in this process. Elapsed time, most of it waking threads.</summary>
public class RelayBenchmarks
{
    private readonly byte[] _message = new byte[100];
    private IRelayPath? _path;
    private Application? _application;

    [Params(1, 32)]
    public int Connections { get; set; }

    [GlobalSetup(Target = nameof(Plain))]
    public async Task OpenPlain() => _application = await (_path = new PlainRelay()).ConnectAsync(Connections);

    [GlobalSetup(Target = nameof(Mesh))]
    public async Task OpenMesh() => _application = await (_path = new MeshRelay()).ConnectAsync(Connections);

    [GlobalCleanup]
    public async Task Close() => await _path!.DisposeAsync();

    [Benchmark(Description = "one hop, plain")]
    public void Plain() => _application!.Exchange(_message);

    [Benchmark(Description = "two hops, mutual TLS")]
    public void Mesh() => _application!.Exchange(_message);
}
