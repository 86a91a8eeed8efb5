using System.Collections.Immutable;
using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Health;

/// <summary>
/// Takes endpoints of other nodes out of use by what those nodes say of themselves, and puts them back. Made once at start; told by the control plane, and of
/// every snapshot before it is in force. Thread-safe.
/// </summary>
public sealed class ReportedHealth
{
    private readonly Lock _gate = new();
    private ImmutableDictionary<string, NodeReport> _reports = ImmutableDictionary.Create<string, NodeReport>(StringComparer.Ordinal);
    private MeshSnapshot? _snapshot;

    /// <summary>Takes all reports there are, in the place of those before; a node without one serves with all it has.</summary>
    public void Report(IEnumerable<KeyValuePair<string, NodeReport>> reports)
    {
        lock (_gate)
        {
            _reports = ImmutableDictionary.CreateRange(StringComparer.Ordinal, reports);
            Mark();
        }
    }

    /// <summary>Follows a snapshot.</summary>
    public void Apply(MeshSnapshot snapshot)
    {
        lock (_gate)
        {
            _snapshot = snapshot;
            Mark();
        }
    }

    private void Mark()
    {
        foreach (var endpoint in _snapshot?.Endpoints ?? [])
        {
            // What is on this node it knows better itself.
            if (endpoint is { NodeName: { } node, IsLocal: false })
            {
                endpoint.State.SetReportedDead(_reports.TryGetValue(node, out var report) && IsDead(report, endpoint));
            }
        }
    }

    private static bool IsDead(NodeReport report, Endpoint endpoint) =>
        report.IsOut || report.Dead.Contains((endpoint.WorkloadNamespace!, endpoint.WorkloadName!, endpoint.Address.Port));
}
