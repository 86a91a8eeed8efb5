using NodeMesh.Cli.Admin;

namespace NodeMesh.Cli.Checks;

/// <summary>Do the redirection rules stand as they were installed, and capture the ports that are declared?</summary>
/// <param name="machine">Where the rules are.</param>
/// <param name="status">What the daemon says, or null when it cannot be asked.</param>
internal sealed class InterceptionChecks(Machine machine, StatusReport? status) : CheckGroup("interception")
{
    private const string Program = "nodemesh-iptables";

    /// <summary>Without the flags that it was given, <c>up</c> makes others of the rules; a restart cuts nothing.</summary>
    private const string PutRight = "systemctl restart nodemeshd puts them right, with the flags of /etc/default/nodemeshd; by hand, nodemesh-iptables up with yours";

    private const int Absent = 3;
    private const int Drifted = 4;

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!machine.IsRoot)
        {
            Skipped("the rules are visible to root only");
        }
        else if (await RulesAsync(cancellationToken))
        {
            await OthersAsync(cancellationToken);
            if (status is { Configuration.Revision: > 0, Interception: var interception })
            {
                await PortsAsync(interception, cancellationToken);
            }
        }

        if (status?.Interception.Error is { } error)
        {
            Failed($"the daemon could not set the inbound ports: {error}", "until it can, changed ports of workloads are not captured; does it have CAP_NET_ADMIN?");
        }
    }

    /// <summary>True when rules are there whose ports can be looked at.</summary>
    private async Task<bool> RulesAsync(CancellationToken cancellationToken)
    {
        var run = await machine.RunAsync(Program, ["status"], cancellationToken);
        switch (run?.ExitCode)
        {
            case null:
                Failed("nodemesh-iptables is not installed, so no traffic is captured", "install the nodemesh package, or put scripts/nodemesh-iptables into /usr/sbin");
                return false;
            case 0:
                Passed("the redirection rules stand as installed");
                return true;
            case Absent:
                Failed("the redirection rules are not installed, so no traffic is captured", PutRight);
                return false;
            case Drifted:
                Failed($"the redirection rules are not as installed: {FirstLine(run.Output)}", "nodemesh-iptables status shows the differences; " + PutRight);
                return false;
            default:
                Failed($"the rules cannot be looked at: {FirstLine(run!.Error)}", "nodemesh-iptables status");
                return false;
        }
    }

    /// <summary>Docker, another mesh and old scripts redirect, too: what stands before our jump takes connections that the daemon never sees.</summary>
    private async Task OthersAsync(CancellationToken cancellationToken)
    {
        var behind = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var program in new[] { "iptables-save", "ip6tables-save" })
        {
            if (await machine.RunAsync(program, ["-t", "nat"], cancellationToken) is not { ExitCode: 0 } run)
            {
                continue;
            }

            foreach (var (chain, ours) in new[] { ("OUTPUT", "-j NODEMESH_OUTPUT"), ("PREROUTING", "-j NODEMESH_INBOUND") })
            {
                var rules = run.Output.Split('\n').Where(line => line.StartsWith($"-A {chain} ", StringComparison.Ordinal)).ToArray();
                var place = Array.FindIndex(rules, rule => rule.EndsWith(ours, StringComparison.Ordinal));
                foreach (var rule in rules.Take(place))
                {
                    Warning($"a rule stands before ours, and the daemon does not see what it takes ({program}): {rule}", PutRight);
                }

                behind.UnionWith(rules.Skip(place + 1).Select(Target));
            }
        }

        if (behind.Count > 0)
        {
            Passed($"other redirections stand behind ours: {string.Join(", ", behind)}");
        }
    }

    /// <summary><c>DOCKER</c> of <c>-A OUTPUT ... -j DOCKER</c>, <c>DNAT</c> of <c>-j DNAT --to-destination ...</c>.</summary>
    private static string Target(string rule) =>
        rule.IndexOf(" -j ", StringComparison.Ordinal) is >= 0 and var jump ? rule[(jump + 4)..].Split(' ')[0] : rule;

    /// <summary>What is declared against what the kernel has, whoever keeps it: on a port in between, plaintext goes around every policy.</summary>
    private async Task PortsAsync(StatusReport.InterceptionPart interception, CancellationToken cancellationToken)
    {
        var run = await machine.RunAsync(Program, ["ports", "list"], cancellationToken);
        if (run is not { ExitCode: 0 } || !PortList.TryParse(run.Output, out var captured))
        {
            Failed($"the captured inbound ports cannot be looked at: {FirstLine(run is null or { Error: "" } ? run?.Output ?? "" : run.Error)}", "nodemesh-iptables ports list");
            return;
        }

        var missing = interception.Declared.Where(port => !captured.Contains(port)).ToArray();
        if (missing.Length > 0)
        {
            Failed(
                $"{Are(missing)} declared but not captured: plaintext reaches the application there, whatever PeerAuthentication and policies say",
                interception.ManagePorts
                    ? "the daemon sets them within seconds; if this stays, journalctl -u nodemeshd says why"
                    : "leave out interception.managePorts: false in nodemeshd.yaml, or run nodemesh-iptables ports set " + string.Join(',', interception.Declared));
            return;
        }

        Passed(interception.Declared.Count == 0 ? "no inbound ports are declared" : $"the inbound ports are captured as declared: {string.Join(", ", interception.Declared)}");
        if (captured.Except(interception.Declared).Order().ToArray() is { Length: > 0 } surplus)
        {
            Warning(
                $"{Are(surplus)} captured but not declared: plaintext there is refused as nobody's",
                "nodemesh-iptables ports set " + (interception.Declared.Count == 0 ? "''" : string.Join(',', interception.Declared)));
        }
    }

    private static string Are(int[] ports) => ports.Length == 1 ? $"port {ports[0]} is" : $"the ports {string.Join(", ", ports)} are";

    private static string FirstLine(string text) => text.AsSpan().Trim().ToString().Split('\n')[0];
}
