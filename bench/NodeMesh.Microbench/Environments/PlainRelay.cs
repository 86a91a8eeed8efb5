using NodeMesh.Proxy;
using NodeMesh.Proxy.Connections;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Microbench.Environments;

/// <summary>One hop: application, loop, application, without TLS.</summary>
internal sealed class PlainRelay : IRelayPath
{
    private readonly BenchNode _node = new("n1");
    private readonly Application _application = new();

    public string Name => "plain relay";

    public IReadOnlyList<BenchNode> Nodes => [_node];

    public async Task<Application> ConnectAsync(int connections)
    {
        var listener = await _node.ListenAsync(CarryAsync);
        _application.Connect(listener, connections);
        return _application;
    }

    public async ValueTask DisposeAsync()
    {
        _application.Dispose();
        await _node.DisposeAsync();
    }

    private async Task CarryAsync(ProxyLoop worker, AcceptedSocket accepted)
    {
        var client = TcpConnection.Adopt(worker.Loop, accepted.Socket, accepted.Peer);
        var connection = new ProxiedConnection(worker, ConnectionDirection.Outbound, accepted.Peer) { Destination = _application.Address };
        var upstream = await Connector.ConnectAsync(worker.Loop, _application.Address, worker.Shared.Connect);
        await connection.RelayAsync(client, upstream.Connection ?? throw new IOException(upstream.Describe()));
    }
}
