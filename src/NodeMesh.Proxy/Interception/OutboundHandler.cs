using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.LoadBalancing;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Upstreams;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Mesh;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Interception;

/// <summary>
/// Carries captured connections of local processes: who opened it, where was it going, which endpoint takes it, by which way. One per loop.
/// </summary>
internal sealed partial class OutboundHandler(ProxyLoop worker)
{
    private readonly ILogger _logger = worker.Shared.Loggers.CreateLogger<OutboundHandler>();

    public Task HandleAsync(AcceptedSocket accepted)
    {
        // Where was it going? A socket that was not redirected shows our own address.
        var local = accepted.Socket.LocalEndpoint;
        return accepted.Socket.TryGetOriginalDestination(accepted.Peer.IsIPv4, out var destination) && destination != local
            ? CarryAsync(accepted with { Peer = worker.Attestor.FindSource(local, accepted.Peer) }, destination, destination)
            : CarryAsync(accepted, local, dialled: null);
    }

    /// <summary>Carries one connection.</summary>
    /// <param name="destination">Where its client meant to go.</param>
    /// <param name="dialled">What the kernel knows as the client socket's peer; null when that is our own listener, which is refused.</param>
    internal async Task CarryAsync(AcceptedSocket accepted, IpEndpoint destination, IpEndpoint? dialled)
    {
        var client = new TcpConnection(worker.Loop, accepted.Socket, accepted.Peer);
        var connection = new ProxiedConnection(worker, ConnectionDirection.Outbound, accepted.Peer) { Destination = destination };
        try
        {
            client.Begin();

            // A reset, not a mere end of its half: a client may send all it has, end its half, and wait for the answer. See ClientWatch.
            client.HungUp = () => connection.Abandon(RefusalCode.DownstreamClosed, "the client left before its upstream was connected");
            var upstream = await FindUpstreamAsync(connection, dialled);
            client.HungUp = null;
            if (connection.IsAbandoned)
            {
                upstream?.Abandon();
                upstream = null;
            }

            if (upstream is null)
            {
                client.Abort();
                return;
            }

            await upstream.CarryAsync(connection, client);
        }
        catch (Exception exception)
        {
            LogFailed(exception, connection.Id);
            connection.Refuse(RefusalCode.Internal, exception.Message);
            client.Abort();
        }
        finally
        {
            connection.End();
        }
    }

    private async ValueTask<Upstream?> FindUpstreamAsync(ProxiedConnection connection, IpEndpoint? dialled)
    {
        if (dialled is not { } peer)
        {
            return Refused(connection, RefusalCode.Loop, $"it was made to the daemon's own listener {connection.Destination}");
        }

        if (worker.Shared.IsDraining)
        {
            return Refused(connection, RefusalCode.Draining, "the daemon is shutting down");
        }

        if (worker.Shared.Snapshot is not { } snapshot)
        {
            return Refused(connection, RefusalCode.NoConfiguration, "the daemon has no configuration yet");
        }

        connection.JudgedUnder = snapshot;

        // 1. Who opened it?
        var source = await worker.Attestor.AttestAsync(snapshot, connection.Source, peer);
        connection.SourceWorkload = source.Workload;
        connection.SourceIdentity = source.Workload?.Identity;

        using var watch = source.IsKnown ? new ClientWatch(worker, connection, peer) : null;

        // 2. What is there?
        connection.Service = snapshot.FindService(connection.Destination);
        if (connection.Service is not { Endpoints.Length: > 0 } service)
        {
            return await PassThroughAsync(connection, snapshot);
        }

        if (source.Workload is null && snapshot.UnknownSources == UnknownSourcePolicy.Refuse)
        {
            return Refused(connection, RefusalCode.NoIdentity, $"no Workload claims {source.Describe()}, and MeshConfig refuses unknown sources");
        }

        // 3. Which endpoint takes it?
        return await TryEndpointsAsync(connection, snapshot, service, source.Describe());
    }

    private async ValueTask<Upstream?> TryEndpointsAsync(ProxiedConnection connection, MeshSnapshot snapshot, MeshServicePort service, string process)
    {
        var tried = default(TriedEndpoints);
        while (!tried.IsFull && worker.Shared.Picker.Pick(service.Endpoints, tried, worker.Random) is { } endpoint)
        {
            tried.Add(endpoint);
            connection.BeginAttempt(endpoint);
            var attempt = default(UpstreamAttempt);
            try
            {
                attempt = await ConnectAsync(connection, snapshot, endpoint, process);
            }
            finally
            {
                if (attempt.Upstream is null)
                {
                    endpoint.State.Release();
                }
            }

            if (attempt.Upstream is not null)
            {
                worker.Shared.Outliers.ConnectSucceeded(endpoint);
                return attempt.Upstream;
            }

            if (connection.IsAbandoned)
            {
                return null;
            }

            if (attempt.MayTryAnother)
            {
                worker.Shared.Outliers.ConnectFailed(endpoint, service);
            }

            if (!attempt.MayTryAnother || tried.Count == service.Endpoints.Length || tried.IsFull)
            {
                return Refused(connection, attempt.Refusal, attempt.Detail!);
            }

            worker.Shared.Metrics.ConnectRetries.Increment(
                worker.Shard, worker.Shared.Metrics.ServiceTimes.Resolve("source", service.Service.FullName));
        }

        return Refused(connection, RefusalCode.NoHealthyEndpoint, $"no endpoint of {service} is left to try");
    }

    private ValueTask<UpstreamAttempt> ConnectAsync(ProxiedConnection connection, MeshSnapshot snapshot, Endpoint endpoint, string process) => endpoint.Kind switch
    {
        EndpointKind.Local => ConnectLocalAsync(connection, snapshot, endpoint, process),
        EndpointKind.Mesh => ConnectMeshAsync(connection, snapshot, endpoint, process),
        _ => ConnectPlainAsync(connection, endpoint.DialAddress, endpoint.State),
    };

    /// <summary>Same node: straight to the application, under the policy that would judge it at the far end.</summary>
    private async ValueTask<UpstreamAttempt> ConnectLocalAsync(
        ProxiedConnection connection, MeshSnapshot snapshot, Endpoint endpoint, string process)
    {
        if (snapshot.FindInbound(endpoint.Address) is not { } target)
        {
            return UpstreamAttempt.Failed(RefusalCode.NoHealthyEndpoint, $"{endpoint} is not served by one workload of this node", mayTryAnother: true);
        }

        connection.Target = target;
        connection.Facts = new ConnectionFacts(connection.SourceIdentity, connection.Source, endpoint.Address);
        if (connection.SourceIdentity is null && (target.Mode == PeerAuthenticationMode.Strict || snapshot.UnknownSources != UnknownSourcePolicy.Plaintext))
        {
            return NoIdentity(process, target.Workload.FullName);
        }

        if (!connection.Authorize())
        {
            return UpstreamAttempt.Failed(connection.Refusal, connection.Detail!, mayTryAnother: false);
        }

        return await ConnectPlainAsync(connection, endpoint.DialAddress, endpoint.State);
    }

    private async ValueTask<UpstreamAttempt> ConnectMeshAsync(ProxiedConnection connection, MeshSnapshot snapshot, Endpoint endpoint, string process)
    {
        if (connection.SourceIdentity is not { } identity)
        {
            // For moving in: plaintext to the workload's own port, where the far side's PeerAuthentication decides.
            return snapshot.UnknownSources == UnknownSourcePolicy.Plaintext
                ? await ConnectPlainAsync(connection, endpoint.Address, endpoint.State)
                : NoIdentity(process, endpoint.ToString());
        }

        var opened = await worker.Links.OpenAsync(
            identity, endpoint, connection.Source, connection.Service!.Service.HostName, connection.Abandoned);
        if (opened.Stream is null)
        {
            return UpstreamAttempt.Failed(opened.Refusal, opened.Detail!, opened.MayTryAnother);
        }

        connection.Tls = opened.Stream.Link.Connection.Session;
        return new UpstreamAttempt(new Upstream(opened.Stream, endpoint.State));
    }

    private async ValueTask<UpstreamAttempt> ConnectPlainAsync(ProxiedConnection connection, IpEndpoint address, EndpointState? state)
    {
        var result = await Connector.ConnectAsync(worker.Loop, address, worker.Shared.Connect, connection.Abandoned);
        return result.Connection is null
            ? UpstreamAttempt.Failed(
                result.Error == Linux.Errno.ETIMEDOUT ? RefusalCode.Timeout : RefusalCode.ConnectFailed,
                $"connect to {address}: {result.Describe()}",
                mayTryAnother: true)
            : new UpstreamAttempt(new Upstream(result.Connection, state));
    }

    private async ValueTask<Upstream?> PassThroughAsync(ProxiedConnection connection, MeshSnapshot snapshot)
    {
        if (OutboundPassthrough.Refusal(snapshot, connection.SourceWorkload, connection.Service, connection.Destination) is { } refusal)
        {
            return Refused(connection, refusal.Code, refusal.Detail);
        }

        if (connection.Service is { Names: [_, ..] names })
        {
            return await ConnectByNameAsync(connection, names);
        }

        connection.Tries++;
        var attempt = await ConnectPlainAsync(connection, connection.Destination, state: null);
        return attempt.Upstream ?? Refused(connection, attempt.Refusal, attempt.Detail!);
    }

    /// <summary>A ServiceEntry with resolution DNS: its names are looked up when a connection is made, off the loop.</summary>
    private async ValueTask<Upstream?> ConnectByNameAsync(ProxiedConnection connection, IReadOnlyList<UpstreamName> names)
    {
        var name = names[worker.Random.Next(names.Count)];
        var last = UpstreamAttempt.Failed(RefusalCode.ConnectFailed, $"{name.Host} has no address", mayTryAnother: false);
        try
        {
            var addresses = await System.Net.Dns.GetHostAddressesAsync(name.Host, connection.Abandoned);
            foreach (var address in addresses.Take(TriedEndpoints.Capacity))
            {
                connection.Tries++;
                last = await ConnectPlainAsync(connection, IpEndpoint.From(address, name.Port), state: null);
                if (last.Upstream is not null || connection.IsAbandoned)
                {
                    return last.Upstream;
                }
            }
        }
        catch (OperationCanceledException) when (connection.IsAbandoned)
        {
            return null;
        }
        catch (System.Net.Sockets.SocketException exception)
        {
            return Refused(connection, RefusalCode.ConnectFailed, $"look up {name.Host}: {exception.Message}");
        }

        return Refused(connection, last.Refusal, last.Detail!);
    }

    private static UpstreamAttempt NoIdentity(string process, string target) => UpstreamAttempt.Failed(
        RefusalCode.NoIdentity, $"no Workload claims {process}, and {target} takes only known identities", mayTryAnother: false);

    private static Upstream? Refused(ProxiedConnection connection, RefusalCode code, string detail)
    {
        connection.Refuse(code, detail);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Outbound connection {Id} failed.")]
    private partial void LogFailed(Exception exception, long id);
}
