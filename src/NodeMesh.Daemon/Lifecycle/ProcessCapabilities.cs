using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>Compares the capabilities of this process with those that its settings need. Stateless.</summary>
internal static class ProcessCapabilities
{
    // The numbers of linux/capability.h.
    private const int CAP_DAC_READ_SEARCH = 2;
    private const int CAP_NET_ADMIN = 12;
    private const int CAP_NET_RAW = 13;
    private const int CAP_SYS_PTRACE = 19;

    /// <param name="effective">The capabilities of this process, a bit for each.</param>
    public static IReadOnlyList<Capability> Judge(DaemonOptions options, ulong effective)
    {
        bool Holds(int capability) => (effective & (1UL << capability)) != 0;
        return
        [
            new Capability(
                "CAP_NET_RAW",
                Holds(CAP_NET_RAW) || Holds(CAP_NET_ADMIN),
                options.Mark != 0,
                "marks the daemon's own sockets (SO_MARK), so that the redirection rules leave them alone; CAP_NET_ADMIN serves too, and before "
                + "Linux 5.17 it alone. Without: set mark: 0 and exempt the daemon's user with nodemesh-iptables --daemon-user"),
            new Capability(
                "CAP_NET_ADMIN",
                Holds(CAP_NET_ADMIN),
                options.Interception.ManagePorts,
                "keeps the captured inbound ports (interception.managePorts) and asks connection tracking for a connection's true source port. "
                + "Without: a connection whose source port NAT changed, as it does when one port is used towards several destinations, is refused; "
                + "and with managePorts: false whoever installs the rules must keep their ports"),
            new Capability(
                "CAP_DAC_READ_SEARCH",
                Holds(CAP_DAC_READ_SEARCH),
                IsRequired: false,
                "finds a connection's cgroup by its number; without, the cgroup tree is walked, which is slower for new cgroups"),
            new Capability(
                "CAP_SYS_PTRACE",
                Holds(CAP_SYS_PTRACE),
                IsRequired: false,
                "sees which program other users' processes run; without, workloads selected by executable are not recognised"),
        ];
    }
}
