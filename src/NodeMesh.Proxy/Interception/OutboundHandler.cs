using Microsoft.Extensions.Logging;
using NodeMesh.Http.Sniffing;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Dns;
using NodeMesh.Proxy.LoadBalancing;
using NodeMesh.Proxy.Requests;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Upstreams;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Interception;

/// <summary>
/// Carries captured connections of local processes: who opened it, where was it going, which endpoint takes it, by which way. One per loop.
/// </summary>
internal sealed partial class OutboundHandler(ProxyLoop worker)
{
    /// <summary>Addresses that one connection tries behind the names of a ServiceEntry.</summary>
    private const int MaxNameTries = 8;

    private readonly ILogger _logger = worker.Shared.Loggers.CreateLogger<OutboundHandler>();

    public Task HandleAsync(AcceptedSocket accepted)
    {
        // Where was it going? A socket that was not redirected shows our own address.
        var local = accepted.Socket.LocalEndpoint;
        return accepted.Socket.TryGetOriginalDestination(accepted.Peer.IsIPv4, out var destination) && destination != local
            ? CarryAsync(accepted, destination, destination)
            : CarryAsync(accepted, local, dialled: null);
    }

    /// <summary>Carries one connection.</summary>
    /// <param name="destination">Where its client meant to go.</param>
    /// <param name="dialled">What the kernel knows as the client socket's peer; null when that is our own listener, which is refused.</param>
    internal Task CarryAsync(AcceptedSocket accepted, IpEndpoint destination, IpEndpoint? dialled)
    {
        var client = new TcpConnection(worker.Loop, accepted.Socket, accepted.Peer);
        var connection = new ProxiedConnection(worker, ConnectionDirection.Outbound, accepted.Peer) { Destination = destination };
        return CarryAsync(connection, client, dialled);
    }

    /// <summary>Apart from <see cref="EstablishAsync"/>, so that a connection holds what that takes no longer than it lasts.</summary>
    private async Task CarryAsync(ProxiedConnection connection, TcpConnection client, IpEndpoint? dialled)
    {
        try
        {
            var carriage = await EstablishAsync(connection, client, dialled);
            if (carriage.Session is { } session)
            {
                await connection.ServeAsync(session);
            }
            else if (carriage.Upstream is { } upstream)
            {
                using (upstream)
                {
                    await connection.RelayAsync(client, upstream.Pipe);
                }
            }
            else
            {
                Drop(client);
            }
        }
        catch (Exception exception)
        {
            LogFailed(exception, connection.Id);
            connection.Refuse(RefusalCode.Internal, exception.Message);
            Drop(client);
        }
        finally
        {
            connection.End();
        }
    }

    /// <summary>Whatever comes before the first byte is carried: who it is, what it speaks, and what takes it. Nothing takes what is refused, with the reason noted.</summary>
    private async ValueTask<OutboundCarriage> EstablishAsync(ProxiedConnection connection, TcpConnection client, IpEndpoint? dialled)
    {
        client.Begin();

        // A reset, not a mere end of its half: a client may send all it has, end its half, and wait for the answer. See ClientWatch.
        client.HungUp = () => connection.Abandon(RefusalCode.DownstreamClosed, "the client left before its upstream was connected");
        if (!await TryAdmitAsync(connection, client.Socket.LocalEndpoint, dialled))
        {
            return default;
        }

        var since = worker.Loop.NowMilliseconds;
        var speaks = connection.Service is { Endpoints.Length: > 0 } service
            ? await HttpServing.FindAsync(service.Protocol, client, worker.HttpOptions, connection.Abandoned)
            : SniffedProtocol.Other;
        if (speaks is null)
        {
            connection.Refuse(RefusalCode.DownstreamClosed, "the client left before its protocol was known");
        }

        if (speaks is null || connection.IsAbandoned)
        {
            return default;
        }

        if (speaks is { } http and not SniffedProtocol.Other)
        {
            client.HungUp = null;
            var scope = new OutboundScope(worker, connection, dialled!.Value, worker.HttpOptions, http == SniffedProtocol.Http2);
            return new OutboundCarriage(HttpServing.CreateSession(worker, client, scope, http, since), null);
        }

        var upstream = await FindUpstreamAsync(connection, dialled!.Value);
        client.HungUp = null;
        if (connection.IsAbandoned)
        {
            upstream?.Abandon();
            return default;
        }

        return new OutboundCarriage(null, upstream);
    }

    /// <summary>Who opened it, where to, and whether it may go there; false when it is refused, with the reason noted.</summary>
    private async ValueTask<bool> TryAdmitAsync(ProxiedConnection connection, IpEndpoint local, IpEndpoint? dialled)
    {
        if (dialled is not { } peer)
        {
            connection.Refuse(RefusalCode.Loop, $"it was made to the daemon's own listener {connection.Destination}");
            return false;
        }

        if (worker.Shared.Snapshot is not { } snapshot)
        {
            connection.Refuse(RefusalCode.NoConfiguration, "the daemon has no configuration yet");
            return false;
        }

        connection.JudgedUnder = snapshot;

        // 1. Who opened it?
        var client = connection.Source;
        var attestation = worker.Attestor.AttestAsync(snapshot, local, ref client, peer);
        connection.Source = client;
        var source = await attestation;
        connection.Attested = source;
        connection.SourceWorkload = source.Workload;
        connection.SourceIdentity = source.Workload?.Identity;

        // 2. What is there?
        connection.Service = snapshot.FindService(connection.Destination);
        if (OutboundPolicy.Refusal(snapshot, source, connection.Service, connection.Destination) is { } refusal)
        {
            connection.Refuse(refusal.Code, refusal.Detail);
            return false;
        }

        return !connection.IsAbandoned;
    }

    /// <summary>Which endpoint takes it, and the way there.</summary>
    private async ValueTask<Upstream?> FindUpstreamAsync(ProxiedConnection connection, IpEndpoint dialled)
    {
        var snapshot = connection.JudgedUnder!;
        using var watch = connection.Attested.IsAttested ? new ClientWatch(
            worker,
            connection.Source,
            dialled,
            () => connection.Abandon(RefusalCode.DownstreamClosed, "the client closed before its upstream was connected")) : null;
        return connection.Service is { Endpoints.Length: > 0 } service
            ? await TryEndpointsAsync(connection, snapshot, service)
            : await PassThroughAsync(connection, snapshot);
    }

    private async ValueTask<Upstream?> TryEndpointsAsync(ProxiedConnection connection, MeshSnapshot snapshot, MeshServicePort service)
    {
        var tried = default(TriedEndpoints);
        while (!tried.IsFull && worker.Shared.Picker.Pick(service.Endpoints, tried, worker.Random) is { } endpoint)
        {
            tried.Add(endpoint);
            connection.BeginAttempt(endpoint);
            var attempt = default(UpstreamAttempt);
            try
            {
                attempt = await ConnectAsync(connection, snapshot, endpoint);
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
                worker.Shared.Outliers.ConnectFailed(endpoint, service, attempt.Refusal);
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

    private async ValueTask<UpstreamAttempt> ConnectAsync(ProxiedConnection connection, MeshSnapshot snapshot, Endpoint endpoint)
    {
        var way = OutboundPolicy.FindWay(snapshot, connection.Attested, connection.Source, endpoint);
        switch (way.Kind)
        {
            case OutboundWayKind.Refused:
                return UpstreamAttempt.Failed(way.Refusal.Code, way.Refusal.Detail, way.MayTryAnother);
            case OutboundWayKind.Mesh:
                return await ConnectMeshAsync(connection, endpoint);
            case OutboundWayKind.Local:
                // Under the policy that would judge it at the far end.
                connection.Target = way.Target;
                connection.Facts = way.Facts;
                return connection.Authorize()
                    ? await ConnectPlainAsync(connection, way.Address, endpoint.State)
                    : UpstreamAttempt.Failed(connection.Refusal, connection.Detail!, mayTryAnother: false);
            default:
                var attempt = await ConnectPlainAsync(connection, way.Address, endpoint.State);
                for (var next = 0; attempt.Upstream is null && !connection.IsAbandoned && next < way.Alternates.Count; next++)
                {
                    attempt = await ConnectPlainAsync(connection, way.Alternates[next], endpoint.State);
                }

                return attempt;
        }
    }

    private async ValueTask<UpstreamAttempt> ConnectMeshAsync(ProxiedConnection connection, Endpoint endpoint)
    {
        var forwarded = $"for=\"{connection.Source}\";host={connection.Service!.Service.HostName}";
        var opened = await worker.Links.OpenAsync(connection.SourceIdentity!, endpoint, forwarded, connection.Service.Settings.ConnectTimeout, connection.Abandoned);
        if (opened.Stream is null)
        {
            return UpstreamAttempt.Failed(opened.Refusal, opened.Detail!, opened.MayTryAnother);
        }

        connection.Tls = opened.Stream.Link.Connection.Session;
        return new UpstreamAttempt(new Upstream(opened.Stream, endpoint.State));
    }

    private async ValueTask<UpstreamAttempt> ConnectPlainAsync(ProxiedConnection connection, IpEndpoint address, EndpointState? state)
    {
        var result = await Connector.ConnectAsync(
            worker.Loop, address, worker.Shared.Connect.Within(connection.Service?.Settings.ConnectTimeout), connection.Abandoned);
        return result.Connection is null
            ? UpstreamAttempt.Failed(
                result.Error == Linux.Errno.ETIMEDOUT ? RefusalCode.Timeout : RefusalCode.ConnectFailed,
                $"connect to {address}: {result.Describe()}",
                mayTryAnother: true)
            : new UpstreamAttempt(new Upstream(result.Connection, state));
    }

    private async ValueTask<Upstream?> PassThroughAsync(ProxiedConnection connection, MeshSnapshot snapshot)
    {
        if (connection.Service is { Names: [_, ..] names })
        {
            return await ConnectByNameAsync(connection, snapshot, names);
        }

        connection.Tries++;
        var attempt = await ConnectPlainAsync(connection, connection.Destination, state: null);
        return attempt.Upstream ?? Refused(connection, attempt.Refusal, attempt.Detail!);
    }

    /// <summary>A ServiceEntry with resolution DNS: all its names, beginning with any, and all their addresses, the client's own family first.</summary>
    private async ValueTask<Upstream?> ConnectByNameAsync(ProxiedConnection connection, MeshSnapshot snapshot, IReadOnlyList<UpstreamName> names)
    {
        var last = default(UpstreamAttempt);
        var first = worker.Random.Next(names.Count);
        for (var i = 0; i < names.Count && connection.Tries < MaxNameTries; i++)
        {
            var name = names[(first + i) % names.Count];
            NameAnswer answer;
            try
            {
                answer = await worker.Shared.Names.ResolveAsync(name.Host, connection.Abandoned);
            }
            catch (OperationCanceledException) when (connection.IsAbandoned)
            {
                return null;
            }

            if (answer.Failure is { } failure)
            {
                last = UpstreamAttempt.Failed(RefusalCode.ConnectFailed, $"look up {name.Host}: {failure}", mayTryAnother: true);
                continue;
            }

            var addresses = answer.Addresses.Select(address => IpEndpoint.From(address, name.Port))
                .OrderBy(address => address.IsIPv4 != connection.Destination.IsIPv4)
                .Take(MaxNameTries - connection.Tries);
            foreach (var address in addresses)
            {
                connection.Tries++;
                last = snapshot.IsVirtual(address)
                    ? UpstreamAttempt.Failed(RefusalCode.Loop, $"{name.Host} leads to {address}, a virtual address of the mesh", mayTryAnother: true)
                    : await ConnectPlainAsync(connection, address, state: null);
                if (last.Upstream is not null || connection.IsAbandoned)
                {
                    return last.Upstream;
                }
            }
        }

        return Refused(connection, last.Refusal, last.Detail!);
    }

    private static Upstream? Refused(ProxiedConnection connection, RefusalCode code, string detail)
    {
        connection.Refuse(code, detail);
        return null;
    }

    /// <summary>Resets a client that nobody reads any more; what was looked at to tell its protocol is still in its reader.</summary>
    private static void Drop(TcpConnection client)
    {
        client.Input.Complete();
        client.Abort();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Outbound connection {Id} failed.")]
    private partial void LogFailed(Exception exception, long id);
}
