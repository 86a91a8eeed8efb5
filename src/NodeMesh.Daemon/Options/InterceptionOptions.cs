namespace NodeMesh.Daemon.Options;

/// <summary>How the redirection rules learn which inbound ports to capture.</summary>
internal sealed record InterceptionOptions
{
    /// <summary>True: the daemon runs <c>nodemesh-iptables ports set</c> whenever the ports of its workloads change. Needs CAP_NET_ADMIN.</summary>
    public bool ManagePorts { get; init; }

    public string Command { get; init; } = "/usr/sbin/nodemesh-iptables";
}
