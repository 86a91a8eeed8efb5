using NodeMesh.Cli.Admin;

namespace NodeMesh.Cli.Checks;

/// <summary>Do the redirection rules stand as they were installed?</summary>
/// <param name="machine">Where the rules are.</param>
/// <param name="status">What the daemon says, or null when it cannot be asked.</param>
internal sealed class InterceptionChecks(Machine machine, StatusReport? status) : CheckGroup("interception")
{
    private const int Absent = 3;
    private const int Drifted = 4;

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        if (machine.IsRoot)
        {
            await RulesAsync(cancellationToken);
        }
        else
        {
            Skipped("the rules are visible to root only");
        }

        if (status is not { Interception: var interception })
        {
            return;
        }

        if (interception.Error is { } error)
        {
            Failed($"the daemon could not set the inbound ports: {error}", "until it can, changed ports of workloads are not captured; does it have CAP_NET_ADMIN?");
        }
        else if (interception.ManagePorts)
        {
            Passed($"the daemon keeps the inbound ports: {(interception.Ports is { Count: > 0 } ports ? string.Join(", ", ports) : "none are declared")}");
        }
    }

    private async Task RulesAsync(CancellationToken cancellationToken)
    {
        var run = await machine.RunAsync("nodemesh-iptables", ["status"], cancellationToken);
        switch (run?.ExitCode)
        {
            case null:
                Failed("nodemesh-iptables is not installed, so no traffic is captured", "install the nodemesh package, or put scripts/nodemesh-iptables into /usr/sbin");
                break;
            case 0:
                Passed("the redirection rules stand as installed");
                break;
            case Absent:
                Failed("the redirection rules are not installed, so no traffic is captured", "nodemesh-iptables plan, then nodemesh-iptables up --confirm-within 60");
                break;
            case Drifted:
                Failed($"the redirection rules are not as installed: {FirstLine(run.Output)}", "nodemesh-iptables status shows the differences, nodemesh-iptables up repairs them");
                break;
            default:
                Failed($"the rules cannot be looked at: {FirstLine(run!.Error)}", "nodemesh-iptables status");
                break;
        }
    }

    private static string FirstLine(string text) => text.AsSpan().Trim().ToString().Split('\n')[0];
}
