using System.Globalization;

namespace NodeMesh.Cli.Checks;

/// <summary>Is the machine fit for the daemon?</summary>
internal sealed class SystemChecks(Machine machine) : CheckGroup("system")
{
    /// <summary>The first kernel whose sock_diag tells the cgroup of a socket (INET_DIAG_CGROUP_ID).</summary>
    private static readonly Version CgroupKernel = new(5, 8);

    private static readonly Version OldestKernel = new(4, 18);

    private const int MeshPort = 15008;
    private const int InboundPort = 15006;

    /// <summary>What the kernel gives a machine with 1 GB.</summary>
    private const long LeastConntrack = 65_536;

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        User();
        Kernel();
        await IptablesAsync(cancellationToken);
        await FirewalldAsync(cancellationToken);
        Conntrack();
        await ClockAsync(cancellationToken);
    }

    private void User()
    {
        if (machine.IsRoot)
        {
            Passed("the checks run as root and see everything");
        }
        else
        {
            Warning("the checks do not run as root, and cannot see the rules, the daemon or who holds a port", "sudo nodemeshctl check");
        }
    }

    private void Kernel()
    {
        var release = machine.Read("/proc/sys/kernel/osrelease")?.Trim() ?? "";
        var numbers = new string(release.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').ToArray()).TrimEnd('.');
        if (!Version.TryParse(numbers, out var version))
        {
            Warning($"the kernel's version cannot be told from \"{release}\"", "Linux 5.8 or newer is needed to tell systemd units apart");
        }
        else if (version < OldestKernel)
        {
            Failed($"the kernel is {release}, which is too old", $"Linux {OldestKernel} or newer is needed, {CgroupKernel} to tell systemd units apart");
        }
        else if (version < CgroupKernel)
        {
            Warning($"the kernel is {release}: it does not tell the cgroup of a socket", $"select workloads by user or executable, or use Linux {CgroupKernel} or newer");
        }
        else
        {
            Passed($"the kernel is {release}");
        }
    }

    private async Task IptablesAsync(CancellationToken cancellationToken)
    {
        foreach (var (program, needed) in new[] { ("iptables", true), ("ip6tables", false) })
        {
            var run = await machine.RunAsync(program, ["--version"], cancellationToken);
            if (run is { ExitCode: 0 })
            {
                var backend = run.Output.Contains("nf_tables", StringComparison.Ordinal) ? "nft" : "legacy";
                Passed($"{program} is here, with the {backend} back end");
            }
            else if (needed)
            {
                Failed($"{program} is missing or does not work{Reason(run)}", "apt-get install iptables, or dnf install iptables-nft");
            }
            else
            {
                Warning($"{program} is missing or does not work{Reason(run)}: IPv6 traffic cannot be captured", "install it, or run nodemesh-iptables with --family ipv4");
            }
        }
    }

    /// <summary>It has rules of its own for what comes in, and a reload of it takes away ours.</summary>
    private async Task FirewalldAsync(CancellationToken cancellationToken)
    {
        if (await machine.RunAsync("firewall-cmd", ["--state"], cancellationToken) is not { ExitCode: 0 })
        {
            return;
        }

        foreach (var port in new[] { MeshPort, InboundPort })
        {
            var run = await machine.RunAsync("firewall-cmd", [$"--query-port={port}/tcp"], cancellationToken);
            if (run is { ExitCode: 0 })
            {
                Passed($"firewalld lets port {port} in");
            }
            else if (port == MeshPort)
            {
                Failed($"firewalld runs and does not let port {port} in: other nodes cannot reach the workloads here", Permanently(port));
            }
            else
            {
                Warning($"firewalld runs and does not let port {port} in: plaintext from outside the mesh is dropped where PeerAuthentication would let it in", Permanently(port));
            }
        }
    }

    private void Conntrack()
    {
        const string Directory = "/proc/sys/net/netfilter/";
        if (!Number(Directory + "nf_conntrack_count", out var count) || !Number(Directory + "nf_conntrack_max", out var max))
        {
            Skipped("connection tracking is not in use yet; the rules bring it");
        }
        else if (count >= max * 0.9)
        {
            Failed($"connection tracking is nearly full: {count} of {max}; new connections are dropped when it is", "sysctl -w net.netfilter.nf_conntrack_max=" + Text(max * 2));
        }
        else if (count >= max * 0.7)
        {
            Warning($"connection tracking holds {count} of {max} connections", "sysctl -w net.netfilter.nf_conntrack_max=" + Text(max * 2));
        }
        else if (max < LeastConntrack)
        {
            Warning($"connection tracking has room for {max} connections only; each captured one takes two", $"sysctl -w net.netfilter.nf_conntrack_max={Text(LeastConntrack * 4)}");
        }
        else
        {
            Passed($"connection tracking holds {count} of {max} connections");
        }
    }

    private async Task ClockAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(machine.PathOf("/run/systemd/timesync/synchronized")))
        {
            Passed("the clock is synchronized");
            return;
        }

        var run = await machine.RunAsync("timedatectl", ["show", "--property=NTPSynchronized", "--value"], cancellationToken);
        switch (run)
        {
            case { ExitCode: 0 } when run.Output.Trim() is "yes":
                Passed("the clock is synchronized");
                break;
            case { ExitCode: 0 }:
                Warning("the clock is not synchronized; certificates are refused where clocks differ", "timedatectl set-ntp true, or run chrony");
                break;
            default:
                Skipped("whether the clock is synchronized cannot be asked here (no timedatectl)");
                break;
        }
    }

    private bool Number(string path, out long number) =>
        long.TryParse(machine.Read(path)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Permanently(int port) => $"firewall-cmd --permanent --add-port={port}/tcp && firewall-cmd --reload && systemctl restart nodemeshd";

    private static string Reason(ProgramRun? run) => run is null ? "" : $" ({run.Error.Trim()})";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
