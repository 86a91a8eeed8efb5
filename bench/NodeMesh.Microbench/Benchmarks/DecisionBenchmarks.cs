using System.Net;
using BenchmarkDotNet.Attributes;
using NodeMesh.Linux.Sockets;
using NodeMesh.Microbench.Environments;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.LoadBalancing;
using NodeMesh.Spiffe;

namespace NodeMesh.Microbench.Benchmarks;

/// <summary>What is decided once per connection, in a mesh of a thousand services.</summary>
[MemoryDiagnoser]
public class DecisionBenchmarks
{
    private readonly LeastConnectionsPicker _picker = new();
    private readonly Random _random = new(1);
    private MeshSnapshot? _snapshot;
    private IpEndpoint _virtualAddress;
    private MeshServicePort? _service;
    private InboundPort? _inbound;
    private ConnectionFacts _facts;

    [GlobalSetup]
    public void Compile()
    {
        _snapshot = BenchMesh.Compile();
        _service = _snapshot.Services[BenchMesh.Services / 2];
        var (_, addresses) = _snapshot.DnsNames[BenchMesh.Services / 2];
        _virtualAddress = IpEndpoint.From(addresses[0], 80);
        var own = IpEndpoint.From(IPAddress.Parse("192.0.2.1"), 10_000);
        _inbound = _snapshot.FindInbound(own) ?? throw new InvalidOperationException("the workload is not found");
        _facts = new ConnectionFacts(SpiffeId.ForWorkload(_snapshot.TrustDomain, "default", "s1"), own.WithPort(40_000), own);
        if (_snapshot.FindService(_virtualAddress) is null || !_inbound.Workload.Authorizer.Authorize(_facts).Allowed)
        {
            throw new InvalidOperationException("the mesh is not what is to be measured");
        }
    }

    [Benchmark(Description = "service by virtual address, of 1000")]
    public object? FindService() => _snapshot!.FindService(_virtualAddress);

    [Benchmark(Description = "endpoint of 3 by two choices")]
    public object? Pick()
    {
        var endpoint = _picker.Pick(_service!.Endpoints, default, _random);
        endpoint!.State.Release();
        return endpoint;
    }

    [Benchmark(Description = "local process to workload, of 1000, by user")]
    public WorkloadMatch Match() => _snapshot!.Match(new ProcessFacts(20_500, null, null));

    [Benchmark(Description = "authorization by 20 policies, the last allows")]
    public bool Authorize() => _inbound!.Workload.Authorizer.Authorize(_facts).Allowed;
}
