using Microsoft.Extensions.Logging;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources.Authentication;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Interception;

/// <summary>
/// Judges plaintext that arrives for a local workload's port from outside the mesh: the port's PeerAuthentication mode and the policies
/// decide, without an identity of the source. One per loop.
/// </summary>
internal sealed partial class InboundPlaintextHandler(ProxyLoop worker)
{
    private readonly ILogger _logger = worker.Shared.Loggers.CreateLogger<InboundPlaintextHandler>();

    public async Task HandleAsync(AcceptedSocket accepted)
    {
        var client = new TcpConnection(worker.Loop, accepted.Socket, accepted.Peer);
        var connection = new ProxiedConnection(worker, ConnectionDirection.Inbound, accepted.Peer);
        TcpConnection? upstream = null;
        try
        {
            client.Begin();
            if (!IsAllowed(connection, accepted))
            {
                client.Abort();
                return;
            }

            connection.Tries = 1;
            client.HungUp = () => connection.Abandon(RefusalCode.DownstreamClosed, "the client left before the application answered");
            var result = await Connector.ConnectAsync(
                worker.Loop, connection.Target!.Application, worker.Shared.Connect, connection.Abandoned);
            client.HungUp = null;
            upstream = result.Connection;
            if (upstream is null)
            {
                connection.Refuse(RefusalCode.ConnectFailed, $"connect to the application at {connection.Target.Application}: {result.Describe()}");
                client.Abort();
                return;
            }

            if (connection.IsAbandoned)
            {
                client.Abort();
                upstream.Abort();
                return;
            }

            await connection.RelayAsync(client, upstream);
        }
        catch (Exception exception)
        {
            LogFailed(exception, connection.Id);
            connection.Refuse(RefusalCode.Internal, exception.Message);
            client.Abort();
            upstream?.Abort();
        }
        finally
        {
            connection.End();
        }
    }

    private bool IsAllowed(ProxiedConnection connection, AcceptedSocket accepted)
    {
        var local = accepted.Socket.LocalEndpoint;
        if (!accepted.Socket.TryGetOriginalDestination(accepted.Peer.IsIPv4, out var destination) || destination == local)
        {
            connection.Destination = local;
            connection.Refuse(RefusalCode.Loop, $"it was made to the daemon's own listener {local}");
            return false;
        }

        connection.Destination = destination;
        if (worker.Shared.IsDraining)
        {
            connection.Refuse(RefusalCode.Draining, "the daemon is shutting down");
            return false;
        }

        if (worker.Shared.Snapshot is not { } snapshot)
        {
            connection.Refuse(RefusalCode.NoConfiguration, "the daemon has no configuration yet");
            return false;
        }

        connection.JudgedUnder = snapshot;
        if (snapshot.FindInboundPlaintext(destination) is not { } target)
        {
            connection.Refuse(RefusalCode.DestinationMismatch, $"no workload of this node serves port {destination.Port}");
            return false;
        }

        connection.Target = target;
        connection.Endpoint = target.Endpoint;
        connection.Facts = new ConnectionFacts(null, accepted.Peer, destination);
        if (target.Mode == PeerAuthenticationMode.Strict)
        {
            connection.Refuse(RefusalCode.PlaintextRefused, $"{target.Workload} takes only mutual TLS on port {target.Port} (PeerAuthentication STRICT)");
            return false;
        }

        return connection.Authorize();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Inbound plaintext connection {Id} failed.")]
    private partial void LogFailed(Exception exception, long id);
}
