using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Connections;

/// <summary>The connections that one loop carries or is about to, oldest first, and the judging anew of them when the configuration changes.</summary>
internal sealed class LiveConnections
{
    private readonly LinkedList<ProxiedConnection> _connections = new();
    private int _count;

    /// <summary>Read from any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    public void AddLast(ProxiedConnection connection)
    {
        connection.LiveNode = _connections.AddLast(connection);
        _count++;
    }

    public void Remove(ProxiedConnection connection)
    {
        if (connection.LiveNode is { } node)
        {
            _connections.Remove(node);
            connection.LiveNode = null;
            _count--;
        }
    }

    public List<ConnectionInfo> Describe() => [.. _connections.Select(connection => connection.Describe())];

    /// <summary>Cuts every connection that would not be allowed any more. Those not carried yet are judged again when they are about to be.</summary>
    public void Recheck(MeshSnapshot snapshot)
    {
        foreach (var connection in _connections.ToArray())
        {
            if (connection.IsCarried)
            {
                Recheck(connection, snapshot);
            }
        }
    }

    /// <summary>Cuts the connection if this configuration would not allow it.</summary>
    public static void Recheck(ProxiedConnection connection, MeshSnapshot snapshot)
    {
        if (FindLoss(connection, snapshot) is { } loss)
        {
            connection.Cut(RefusalCode.RevokedByPolicy, loss);
        }
        else
        {
            connection.JudgedUnder = snapshot;
        }
    }

    /// <summary>HTTP connections end after the requests under way.</summary>
    public void Drain()
    {
        foreach (var connection in _connections.ToArray())
        {
            connection.Drain();
        }
    }

    /// <summary>Cuts all that a TLS session carries.</summary>
    public void CutAll(TlsSession session, RefusalCode code, string detail)
    {
        foreach (var connection in _connections.Where(connection => ReferenceEquals(connection.Tls, session)).ToArray())
        {
            connection.Cut(code, detail);
        }
    }

    public void CutAll(RefusalCode code, string detail)
    {
        foreach (var connection in _connections.ToArray())
        {
            connection.Cut(code, detail);
        }
    }

    /// <summary>Why the connection may not go on, in words; null when it may.</summary>
    private static string? FindLoss(ProxiedConnection connection, MeshSnapshot snapshot)
    {
        if (connection.Direction == ConnectionDirection.Outbound && FindLossOfSource(connection, snapshot) is { } loss)
        {
            return loss;
        }

        return connection.Target is { } target ? FindLossOfTarget(connection, target, snapshot)
            : connection.Endpoint is { } endpoint ? FindLossOfEndpoint(connection, endpoint, snapshot)
            : FindLossOfDestination(connection, snapshot);
    }

    /// <summary>The process as the selectors of now see it: it goes on as who it was, or not at all.</summary>
    private static string? FindLossOfSource(ProxiedConnection connection, MeshSnapshot snapshot)
    {
        if (connection.Attested.MatchAgain(snapshot) is not { } now)
        {
            return "a Workload is told by its program now, and that of the process was not looked at when it connected";
        }

        if (connection.SourceWorkload is { } source)
        {
            if (now.Workload is not { } same || same.Resource.Key != source.Resource.Key || same.Identity != source.Identity)
            {
                return $"the workload {source} is gone, has another identity, or does not claim {now.Describe()} any more";
            }

            connection.SourceWorkload = same;
        }
        else if (now.Workload is not null && (connection.Target is not null || connection.Endpoint is { WorkloadName: not null }))
        {
            return $"{now.Workload} claims {now.Describe()} now, which went into the mesh without identity";
        }

        connection.Attested = now;
        return null;
    }

    private static string? FindLossOfTarget(ProxiedConnection connection, InboundPort target, MeshSnapshot snapshot)
    {
        // Plaintext may come to an address that the Node does not name; what came over the mesh named one that it does.
        var destination = connection.Facts.Destination;
        var now = connection.Direction == ConnectionDirection.Inbound ? snapshot.FindInboundPlaintext(destination) : snapshot.FindInbound(destination);
        if (now is null || now.Workload.Identity != target.Workload.Identity || now.Workload.Resource.Key != target.Workload.Resource.Key)
        {
            return $"the workload {target.Workload} no longer serves port {target.Port}";
        }

        connection.Target = now;
        if (connection.SourceIdentity is null && now.PlaintextRefusal is { } refusal)
        {
            return refusal;
        }

        if (connection.Direction == ConnectionDirection.Outbound
            && OutboundPolicy.FindWay(snapshot, connection.Attested, connection.Source, now.Endpoint) is { Kind: OutboundWayKind.Refused } way)
        {
            return way.Refusal.Detail;
        }

        // Requests are judged one by one, those under way too.
        return connection.IsServed || connection.Authorize(RefusalCode.RevokedByPolicy) ? null : connection.Detail;
    }

    /// <summary>
    /// An endpoint in the mesh that is gone, or whose address belongs to another workload now: what still goes there reaches a dead or a wrong
    /// process. An endpoint outside the mesh is let be as long as its destination may be reached.
    /// </summary>
    private static string? FindLossOfEndpoint(ProxiedConnection connection, Endpoint endpoint, MeshSnapshot snapshot)
    {
        if (endpoint.WorkloadName is null)
        {
            return FindLossOfDestination(connection, snapshot);
        }

        if (snapshot.FindEndpoint(endpoint.Address) is not { } now
            || now.Identity != endpoint.Identity
            || now.Kind != endpoint.Kind
            || !string.Equals(now.WorkloadName, endpoint.WorkloadName, StringComparison.Ordinal)
            || !string.Equals(now.WorkloadNamespace, endpoint.WorkloadNamespace, StringComparison.Ordinal))
        {
            return $"{endpoint} is no longer an endpoint of the mesh, or is reached in another way";
        }

        return OutboundPolicy.RefusalOfSource(snapshot, connection.Attested)?.Detail
            ?? (OutboundPolicy.FindWay(snapshot, connection.Attested, connection.Source, now) is { Kind: OutboundWayKind.Refused } way ? way.Refusal.Detail : null);
    }

    private static string? FindLossOfDestination(ProxiedConnection connection, MeshSnapshot snapshot) => OutboundPolicy.Refusal(
        snapshot, connection.Attested, snapshot.FindService(connection.Destination), connection.Destination)?.Detail;
}
