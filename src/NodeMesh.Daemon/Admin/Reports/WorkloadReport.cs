using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.Identities;
using NodeMesh.Daemon.Wiring;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>The workloads of this node.</summary>
internal static class WorkloadReport
{
    public static WorkloadsMessage Of(DaemonParts parts, string? @namespace, string? name)
    {
        var state = parts.Configuration.State;
        var identities = parts.Identities.State;
        var now = parts.Time.GetUtcNow();
        return new WorkloadsMessage
        {
            Revision = state.Revision,
            Items = state.Snapshot is not { } snapshot
                ? []
                : [.. snapshot.Workloads
                    .Where(workload => @namespace is null || string.Equals(workload.Resource.Namespace, @namespace, StringComparison.Ordinal))
                    .Where(workload => name is null || string.Equals(workload.Resource.Name, name, StringComparison.Ordinal))
                    .Select(workload => Workload(snapshot, workload, identities, now))],
        };
    }

    private static WorkloadMessage Workload(MeshSnapshot snapshot, LocalWorkload workload, IdentityState identities, DateTimeOffset now)
    {
        var resource = workload.Resource;
        var authentication = new PeerAuthenticationResolver(snapshot.Resources.PeerAuthentications);
        return new WorkloadMessage
        {
            Namespace = resource.Namespace,
            Name = resource.Name,
            ServiceAccount = resource.ServiceAccount,
            SpiffeId = workload.Identity.ToString(),
            Labels = resource.Metadata.Labels.ToDictionary(label => label.Key, label => label.Value, StringComparer.Ordinal),
            Selector = Selector(resource.Selector),
            PeerAuthentication = Texts.Of(authentication.ModeOf(resource, port: 0)),
            Ports = [.. resource.Ports.AsEnumerable().Select(port => new WorkloadPortMessage
            {
                Name = port.Name,
                Port = port.Port,
                Address = port.Address.ToString(),
                Protocol = Texts.Of(port.Protocol),
                PeerAuthentication = Texts.Of(authentication.ModeOf(resource, port.Port)),
            })],
            Certificate = Certificate(workload, identities, now),
        };
    }

    private static SelectorMessage Selector(ProcessSelector selector) => new()
    {
        SystemdUnit = selector.SystemdUnit,
        User = selector.User,
        Uid = selector.Uid,
        CgroupPath = selector.CgroupPath,
        Executable = selector.Executable,
    };

    private static CertificateStateMessage Certificate(LocalWorkload workload, IdentityState identities, DateTimeOffset now)
    {
        identities.Svids.TryGet(workload.Identity, out var svid);
        return new CertificateStateMessage
        {
            State = CertificateStates.Name(CertificateStates.At(svid, now)),
            NotAfter = svid?.NotAfter,
            RemainingSeconds = svid is null ? null : Math.Max(0, (svid.NotAfter - now).TotalSeconds),
        };
    }
}
