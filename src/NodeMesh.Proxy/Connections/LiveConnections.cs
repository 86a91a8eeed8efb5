using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Connections;

/// <summary>The connections that one loop carries now, oldest first, and the judging anew of them when the configuration changes.</summary>
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

    /// <summary>Cuts every connection that would not be allowed any more.</summary>
    public void Recheck(MeshSnapshot snapshot)
    {
        foreach (var connection in _connections.ToArray())
        {
            RecheckOne(connection, snapshot);
        }
    }

    public void CutAll(RefusalCode code, string detail)
    {
        foreach (var connection in _connections.ToArray())
        {
            connection.Cut(code, detail);
        }
    }

    private static void RecheckOne(ProxiedConnection connection, MeshSnapshot snapshot)
    {
        if (connection.SourceWorkload is { } source)
        {
            var now = snapshot.Workloads.FirstOrDefault(workload => workload.Resource.Key == source.Resource.Key);
            if (now is null || now.Identity != source.Identity)
            {
                connection.Cut(RefusalCode.RevokedByPolicy, $"the workload {source} is gone or has another identity");
                return;
            }

            connection.SourceWorkload = now;
        }

        if (connection.Target is { } target)
        {
            RecheckTarget(connection, target, snapshot);
        }
        else if (connection.Endpoint is null && OutboundPassthrough.Refusal(
            snapshot, connection.SourceWorkload, connection.Service, connection.Destination) is { } refusal)
        {
            connection.Cut(RefusalCode.RevokedByPolicy, refusal.Detail);
        }
    }

    private static void RecheckTarget(ProxiedConnection connection, InboundPort target, MeshSnapshot snapshot)
    {
        var now = snapshot.FindInboundPlaintext(connection.Facts.Destination);
        if (now is null || now.Workload.Identity != target.Workload.Identity)
        {
            connection.Cut(RefusalCode.RevokedByPolicy, $"the workload {target.Workload} no longer serves port {target.Port}");
            return;
        }

        connection.Target = now;
        if (connection.SourceIdentity is null && now.Mode == NodeMesh.Resources.Authentication.PeerAuthenticationMode.Strict)
        {
            connection.Cut(RefusalCode.RevokedByPolicy, $"{now.Workload} takes only mutual TLS on port {now.Port} now");
        }
        else if (!connection.Authorize(RefusalCode.RevokedByPolicy))
        {
            connection.Cut(RefusalCode.RevokedByPolicy, connection.Detail!);
        }
    }
}
