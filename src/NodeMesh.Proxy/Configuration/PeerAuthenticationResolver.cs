using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Finds the PeerAuthentication mode of a workload's port: port over workload over namespace over mesh, STRICT when nothing is said. Where
/// several resources of one scope speak, the strictest holds.
/// </summary>
public sealed class PeerAuthenticationResolver
{
    private readonly ValueList<PeerAuthentication> _all;

    public PeerAuthenticationResolver(ValueList<PeerAuthentication> all)
    {
        _all = all;
    }

    /// <param name="port">0 for what holds where no port is named.</param>
    public PeerAuthenticationMode ModeOf(Workload workload, ushort port)
    {
        var applying = _all.AsEnumerable().Where(authentication => authentication.AppliesTo(workload)).ToList();
        var selected = applying.Where(authentication => authentication.Selector is not null).ToList();
        return Strictest(selected.SelectMany(authentication => authentication.PortLevel.AsEnumerable())
                .Where(level => level.Port == port)
                .Select(level => (PeerAuthenticationMode?)level.Mode))
            ?? Strictest(selected.Select(authentication => authentication.Mode))
            ?? Strictest(applying.Where(a => a.Selector is null && !a.IsInRootNamespace).Select(authentication => authentication.Mode))
            ?? Strictest(applying.Where(a => a.Selector is null && a.IsInRootNamespace).Select(authentication => authentication.Mode))
            ?? PeerAuthenticationMode.Strict;
    }

    // The enumeration goes from strict to open.
    private static PeerAuthenticationMode? Strictest(IEnumerable<PeerAuthenticationMode?> modes) => modes.Where(mode => mode is not null).Min();
}
