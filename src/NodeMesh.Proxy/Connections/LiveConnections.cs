using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Mesh;
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
        if (connection.SourceWorkload is { } source)
        {
            var now = snapshot.Workloads.FirstOrDefault(workload => workload.Resource.Key == source.Resource.Key);
            if (now is null || now.Identity != source.Identity)
            {
                return $"the workload {source} is gone or has another identity";
            }

            connection.SourceWorkload = now;
        }

        return connection.Target is { } target ? FindLossOfTarget(connection, target, snapshot)
            : connection.Endpoint is { } endpoint ? FindLossOfEndpoint(connection, endpoint, snapshot)
            : OutboundPassthrough.Refusal(
                snapshot, connection.SourceWorkload, snapshot.FindService(connection.Destination), connection.Destination)?.Detail;
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
        if (connection.SourceIdentity is null && now.Mode == PeerAuthenticationMode.Strict)
        {
            return $"{now.Workload} takes only mutual TLS on port {now.Port} now";
        }

        if (connection.SourceIdentity is null && connection.Direction == ConnectionDirection.Outbound && snapshot.UnknownSources != UnknownSourcePolicy.Plaintext)
        {
            return $"no Workload claims the process, and {now.Workload} takes only known identities now";
        }

        return connection.Authorize(RefusalCode.RevokedByPolicy) ? null : connection.Detail;
    }

    /// <summary>
    /// An endpoint in the mesh that is gone, or whose address belongs to another workload now: what still goes there reaches a dead or a wrong
    /// process. An endpoint outside the mesh is let be as long as its destination may be reached.
    /// </summary>
    private static string? FindLossOfEndpoint(ProxiedConnection connection, Endpoint endpoint, MeshSnapshot snapshot)
    {
        if (connection.SourceIdentity is null && snapshot.UnknownSources == UnknownSourcePolicy.Refuse)
        {
            return "no Workload claims the process, and MeshConfig refuses unknown sources now";
        }

        if (endpoint.WorkloadName is not null)
        {
            return snapshot.EndpointsByAddress.TryGetValue(endpoint.Address, out var now)
                && now.Identity == endpoint.Identity
                && now.Kind == endpoint.Kind
                && string.Equals(now.WorkloadName, endpoint.WorkloadName, StringComparison.Ordinal)
                && string.Equals(now.WorkloadNamespace, endpoint.WorkloadNamespace, StringComparison.Ordinal)
                ? null
                : $"{endpoint} is no longer an endpoint of the mesh, or is reached in another way";
        }

        return snapshot.FindService(connection.Destination) is { Endpoints.Length: > 0 }
            ? null
            : OutboundPassthrough.Refusal(
                snapshot, connection.SourceWorkload, snapshot.FindService(connection.Destination), connection.Destination)?.Detail;
    }
}
