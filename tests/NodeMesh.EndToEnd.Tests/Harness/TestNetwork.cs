using System.Diagnostics;
using System.Net;

namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>
/// Some machines and the switch between them, made for one test and gone with it. Every machine has an IPv4 and an IPv6
/// address on one network, a default route that leads nowhere, and names for the others in /etc/hosts. Nothing of it stands
/// in the real machine's network namespace, so any number of networks may exist at once, all with the same addresses.
/// </summary>
internal sealed class TestNetwork : IAsyncDisposable
{
    private const string IPv4Prefix = "10.77.0.";
    private const string IPv6Prefix = "fd77::";

    private readonly NamespaceHolder _switch;
    private readonly string _cgroupDirectory;
    private readonly List<Machine> _machines = [];

    private TestNetwork(NamespaceHolder holder, string cgroupDirectory)
    {
        _switch = holder;
        _cgroupDirectory = cgroupDirectory;
    }

    public IReadOnlyList<Machine> Machines => _machines;

    public static async Task<TestNetwork> CreateAsync()
    {
        Requirements.Check();
        var cgroups = TestCgroup.NewDirectory();
        return new TestNetwork(await NamespaceHolder.StartAsync("switch.sh", cgroups, IPv4Prefix + "254/24", IPv6Prefix + "fe/64"), cgroups);
    }

    /// <summary>Adds a machine; it is up and reaches the others when this returns.</summary>
    public async Task<Machine> AddMachineAsync(string name)
    {
        var number = _machines.Count + 1;
        var programs = Directory.Exists(Repository.Programs) ? Repository.Programs : "";
        var holder = await NamespaceHolder.StartAsync("machine.sh", name, Repository.Peers, Repository.Scripts, programs);
        var machine = new Machine(
            name, holder, IPAddress.Parse($"{IPv4Prefix}{number}"), IPAddress.Parse($"{IPv6Prefix}{number:x}"), _cgroupDirectory);
        _machines.Add(machine);

        // The cable: one end on the switch, the other goes straight into the machine.
        await OnSwitchAsync(
            $"ip link add port{number} type veth peer name {machine.Interface} netns {holder.Id} && ip link set port{number} master br0 up");
        var script = $"""
            set -e
            sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.eth0.accept_dad=0
            ip addr add {machine.IPv4}/24 dev eth0
            ip addr add {machine.IPv6}/64 dev eth0 nodad
            ip link set eth0 up
            ip route add default via {IPv4Prefix}254
            ip -6 route add default via {IPv6Prefix}fe
            """;
        (await machine.RunAsync("bash", "-c", script)).EnsureSuccess();
        foreach (var one in _machines)
        {
            foreach (var other in one == machine ? _machines : [machine])
            {
                await File.AppendAllTextAsync(one.PathOf("/etc/hosts"), $"{other.IPv4} {other.Name}\n{other.IPv6} {other.Name}\n");
            }
        }

        return machine;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in _machines)
        {
            await machine.DisposeAsync();
        }

        await _switch.DisposeAsync(); // last: it clears the control groups
    }

    /// <summary>Runs a shell command in the switch's network namespace alone: for cables, and for tc on its ports (port1, port2, ...).</summary>
    public async Task OnSwitchAsync(string command)
    {
        var start = new ProcessStartInfo("nsenter", [$"--net=/proc/{_switch.Id}/ns/net", "--", "sh", "-c", command])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = Machine.SystemPath;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("Could not start nsenter.");
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        new CommandResult(command, process.ExitCode, "", error).EnsureSuccess();
    }
}
