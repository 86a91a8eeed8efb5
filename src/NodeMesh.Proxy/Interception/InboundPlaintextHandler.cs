using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Interception;

/// <summary>
/// Judges plaintext that arrives for a local workload's port from outside the mesh: the port's PeerAuthentication mode and the policies
/// decide, without an identity of the source. One per loop.
/// </summary>
internal sealed class InboundPlaintextHandler(ProxyLoop worker)
{
    public Task HandleAsync(AcceptedSocket accepted)
    {
        var client = new TcpConnection(worker.Loop, accepted.Socket, accepted.Peer);
        var connection = new ProxiedConnection(worker, ConnectionDirection.Inbound, accepted.Peer);
        return worker.Carrier.CarryAsync(connection, new InboundPlaintextClient(client, () => Judge(connection, accepted)));
    }

    /// <summary>Everything that can refuse it before the application is asked; the reason is noted.</summary>
    private void Judge(ProxiedConnection connection, AcceptedSocket accepted)
    {
        var local = accepted.Socket.LocalEndpoint;
        if (!accepted.Socket.TryGetOriginalDestination(accepted.Peer.IsIPv4, out var destination) || destination == local)
        {
            connection.Destination = local;
            connection.Refuse(RefusalCode.Loop, $"it was made to the daemon's own listener {local}");
            return;
        }

        connection.Destination = destination;
        if (worker.Shared.Snapshot is not { } snapshot)
        {
            connection.Refuse(RefusalCode.NoConfiguration, "the daemon has no configuration yet");
            return;
        }

        connection.JudgedUnder = snapshot;
        if (snapshot.FindInboundPlaintext(destination) is not { } target)
        {
            connection.Refuse(RefusalCode.DestinationMismatch, $"no workload of this node serves port {destination.Port}");
            return;
        }

        connection.Target = target;
        connection.Endpoint = target.Endpoint;
        connection.Facts = new ConnectionFacts(null, accepted.Peer, destination);
        if (target.PlaintextRefusal is { } refusal)
        {
            connection.Refuse(RefusalCode.PlaintextRefused, refusal);
        }
    }
}
