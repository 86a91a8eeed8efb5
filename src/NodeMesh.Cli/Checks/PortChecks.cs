using System.Globalization;
using NodeMesh.Cli.Admin;

namespace NodeMesh.Cli.Checks;

/// <summary>Are the daemon's ports its own, or free for it?</summary>
/// <param name="machine">Whose ports.</param>
/// <param name="status">What the daemon says, or null when it does not run.</param>
internal sealed class PortChecks(Machine machine, StatusReport? status) : CheckGroup("ports")
{
    private static readonly (string Name, int Port)[] Defaults = [("outbound", 15001), ("inbound", 15006), ("mesh", 15008), ("telemetry", 15020), ("dns", 15053)];

    private const int SystemdPid = 1;

    public override Task RunAsync(CancellationToken cancellationToken)
    {
        var sockets = new ListeningSockets(machine);
        var listening = sockets.List();
        foreach (var (name, port) in status is null ? Defaults : Used(status))
        {
            var inodes = listening.Where(socket => socket.Port == port).Select(socket => socket.Inode).ToHashSet();
            if (inodes.Count == 0 && status is null)
            {
                Passed($"port {port} ({name}) is free");
                continue;
            }

            if (inodes.Count == 0)
            {
                Failed($"nobody listens on port {port} ({name}), though the daemon says it does", "does nodemeshctl run in another network namespace than the daemon?");
                continue;
            }

            Held(name, port, [.. sockets.OwnersOf(inodes)]);
        }

        return Task.CompletedTask;
    }

    private void Held(string name, int port, (int Pid, string Name)[] owners)
    {
        if (owners.Length == 0)
        {
            Skipped($"port {port} ({name}) is in use; who holds it is visible to root only");
        }
        else if (owners.Any(process => process.Pid == status?.Pid || process.Name is "nodemeshd"))
        {
            // Beside systemd, which keeps the daemon's sockets.
            Passed($"port {port} ({name}) is held by nodemeshd");
        }
        else if (status is null && Array.TrueForAll(owners, process => process.Pid == SystemdPid))
        {
            // What comes meanwhile waits there.
            Skipped($"port {port} ({name}) is held by systemd, which keeps it for nodemeshd or has a unit of its own for it (systemctl list-sockets)");
        }
        else
        {
            var process = owners[0];
            Failed($"port {port} ({name}) is held by {process.Name}, pid {process.Pid}", "end it, or give nodemeshd another port in /etc/nodemesh/nodemeshd.yaml and nodemesh-iptables the same");
        }
    }

    private static (string Name, int Port)[] Used(StatusReport status) => status.Listeners
        .Select(listener => (listener.Name, Port: PortOf(listener.Address)))
        .Where(listener => listener.Port > 0)
        .Distinct()
        .ToArray();

    private static int PortOf(string address) =>
        address.LastIndexOf(':') is >= 0 and var colon && ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0;
}
