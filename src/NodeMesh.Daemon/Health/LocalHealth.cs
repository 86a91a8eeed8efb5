using NodeMesh.Linux.Diagnostics;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Daemon.Health;

/// <summary>
/// Which ports of this node's workloads do not serve: their health check fails, or nobody listens there. Asks the kernel rather than the application, which
/// so sees nothing of it. Used by one loop of the daemon at a time; its owner disposes it.
/// </summary>
internal sealed class LocalHealth : IDisposable
{
    /// <summary>Looks in a row at which nobody listened: an application that starts again has a moment.</summary>
    private const int MissesUntilDead = 2;

    private readonly Func<MeshSnapshot?> _snapshot;
    private readonly SocketDiagnostics _sockets = SocketDiagnostics.Open();
    private Dictionary<UnhealthyPortMessage, Listening> _known = [];

    /// <param name="snapshot">The configuration in force.</param>
    public LocalHealth(Func<MeshSnapshot?> snapshot) => _snapshot = snapshot;

    /// <summary>Looks at every port once, in order of namespace, workload and port.</summary>
    public IReadOnlyList<UnhealthyPortMessage> Look()
    {
        var known = new Dictionary<UnhealthyPortMessage, Listening>();
        var unhealthy = new List<UnhealthyPortMessage>();
        foreach (var port in (_snapshot()?.Workloads ?? []).SelectMany(workload => workload.Ports))
        {
            var name = new UnhealthyPortMessage(port.Workload.Resource.Namespace, port.Workload.Resource.Name, port.Port);
            var listening = Look(port, _known.GetValueOrDefault(name));
            known[name] = listening;
            if (listening.Misses >= MissesUntilDead || port.Endpoint.State.Health == EndpointHealth.Unhealthy)
            {
                unhealthy.Add(name);
            }
        }

        _known = known;
        return unhealthy;
    }

    public void Dispose() => _sockets.Dispose();

    private Listening Look(InboundPort port, Listening before)
    {
        var status = _sockets.TryFindListener(port.Application).Status;
        if (status != SocketLookupStatus.NotFound)
        {
            return new Listening(status == SocketLookupStatus.Found || before.WasSeen, 0);
        }

        // An address that is not loopback may be another network namespace's, of which this one's sockets say nothing.
        return before.WasSeen || port.Application.IsLoopback ? before with { Misses = before.Misses + 1 } : before;
    }

    /// <param name="WasSeen">Somebody listened there, in this network namespace.</param>
    /// <param name="Misses">Looks in a row at which nobody did.</param>
    private readonly record struct Listening(bool WasSeen, int Misses);
}
