namespace NodeMesh.Daemon.Options;

/// <summary>How the redirection rules learn which inbound ports to capture.</summary>
internal sealed record InterceptionOptions
{
    /// <summary>
    /// True: the daemon keeps the captured ports those of its workloads, with <c>nodemesh-iptables ports</c>; needs CAP_NET_ADMIN. False:
    /// somebody else does, and what he forgets is answered in plaintext.
    /// </summary>
    public bool ManagePorts { get; init; } = true;

    public string Command { get; init; } = "/usr/sbin/nodemesh-iptables";
}
