using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Resources;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Workloads;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Microbench.Environments;

/// <summary>Two hops: application, loop, mesh link under mutual TLS, loop of the other node with its judgement, application.</summary>
internal sealed class MeshRelay : IRelayPath
{
    private const string Workload = "echo";

    private readonly BenchIdentities _identities = new();
    private readonly BenchNode _source = new("n1");
    private readonly BenchNode _destination = new("n2");
    private readonly Application _application = new();
    private Endpoint? _endpoint;

    public string Name => "mesh link";

    public IReadOnlyList<BenchNode> Nodes => [_source, _destination];

    public async Task<Application> ConnectAsync(int connections)
    {
        _source.Shared.TlsClient.Identities = _identities.CreateSet(_identities.Id("caller"));
        _destination.Shared.TlsServer.Identities = _identities.CreateSet(_identities.Id(Workload));
        _destination.Shared.Snapshot = Compile();
        _endpoint = new Endpoint
        {
            Kind = EndpointKind.Mesh,
            Address = NodeAddress,
            DialAddress = await _destination.ListenAsync((worker, accepted) => worker.Inbound.HandleAsync(accepted)),
            Identity = _identities.Id(Workload),
            WorkloadNamespace = "default",
            WorkloadName = Workload,
        };
        _application.Connect(await _source.ListenAsync(CarryAsync), connections);
        return _application;
    }

    public async ValueTask DisposeAsync()
    {
        _application.Dispose();
        await _source.DisposeAsync();
        await _destination.DisposeAsync();
    }

    /// <summary>The workload as the mesh addresses it. Nobody listens there: the far node goes to the application on loopback.</summary>
    private IpEndpoint NodeAddress => IpEndpoint.From(IPAddress.Parse("192.0.2.2"), _application.Address.Port);

    private async Task CarryAsync(ProxyLoop worker, AcceptedSocket accepted)
    {
        var client = TcpConnection.Adopt(worker.Loop, accepted.Socket, accepted.Peer);
        var connection = new ProxiedConnection(worker, ConnectionDirection.Outbound, accepted.Peer) { Destination = NodeAddress, Endpoint = _endpoint };
        var opened = await worker.Links.OpenAsync(_identities.Id("caller"), _endpoint!, $"for=\"{accepted.Peer}\";host=echo.default");
        var stream = opened.Stream ?? throw new IOException(opened.Detail);
        connection.Tls = stream.Link.Connection.Session;
        await connection.RelayAsync(client, stream);
    }

    private MeshSnapshot Compile()
    {
        Resource[] resources =
        [
            new MeshConfig { Metadata = ResourceMetadata.Global(MeshConfig.SingletonName), TrustDomain = _identities.TrustDomain },
            new Node { Metadata = ResourceMetadata.Global("n2"), Addresses = [IPAddress.Parse("192.0.2.2")] },
            new Workload
            {
                Metadata = ResourceMetadata.Of(Workload, "default"),
                Node = "n2",
                Selector = new ProcessSelector { Uid = 0 },
                ServiceAccount = Workload,
                Ports = [new WorkloadPort { Name = "tcp", Port = _application.Address.Port }],
            },
        ];
        return SnapshotCompiler.Compile(ResourceSet.Create(resources), "n2", previous: null, _ => null);
    }
}
