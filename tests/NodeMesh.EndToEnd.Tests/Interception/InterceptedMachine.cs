using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Interception;

/// <summary>
/// A machine "a" whose traffic is to be captured, with line servers in the place of nodemeshd's listeners and of an
/// application, and a machine "b" with servers of its own. Who answers a connection says where it went.
/// </summary>
internal sealed class InterceptedMachine : IAsyncDisposable
{
    public const string Mark = "0x4d455348";

    private InterceptedMachine(TestNetwork network, Machine a, Machine b, string backEnd)
    {
        Network = network;
        A = a;
        B = b;
        BackEnd = backEnd;
    }

    public TestNetwork Network { get; }

    public Machine A { get; }

    public Machine B { get; }

    public string BackEnd { get; }

    public static async Task<InterceptedMachine> CreateAsync(string backEnd)
    {
        var network = await TestNetwork.CreateAsync();
        var a = await network.AddMachineAsync("a");
        var b = await network.AddMachineAsync("b");
        BackgroundProcess[] servers =
        [
            a.StartPeer("line_server.py", "mesh", "15001", "15006", "15020"),
            a.StartPeer("line_server.py", "a", "22", "80", "8080", "9090"),
            b.StartPeer("line_server.py", "b", "22", "80", "8080", "9090", "15010"),
        ];
        foreach (var server in servers)
        {
            await server.WaitForLineAsync("ready");
        }

        return new InterceptedMachine(network, a, b, backEnd);
    }

    /// <summary>Runs nodemesh-iptables on machine a with this back end; it must succeed.</summary>
    public async Task<string> RulesAsync(params string[] arguments) => (await TryRulesAsync(arguments)).EnsureSuccess().Output;

    public Task<CommandResult> TryRulesAsync(params string[] arguments) => TryRulesAsync(new CommandOptions(), arguments);

    public Task<CommandResult> TryRulesAsync(CommandOptions options, params string[] arguments)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["NODEMESH_IPTABLES_BACKEND"] = BackEnd };
        return A.RunAsync(options with { Environment = environment }, "nodemesh-iptables", arguments);
    }

    /// <summary>The greeting that a connection from machine a gets.</summary>
    public Task<string> ConnectAsync(object address, int port, uint uid = 2001) => GreetingAsync(A, address, port, CommandOptions.As(uid));

    /// <summary>The same from a socket that carries nodemeshd's mark.</summary>
    public Task<string> ConnectMarkedAsync(object address, int port, string mark = Mark) =>
        GreetingAsync(A, address, port, new CommandOptions(), "--mark", mark);

    /// <summary>The greeting that a connection from machine b gets.</summary>
    public Task<string> ConnectFromOutsideAsync(object address, int port) => GreetingAsync(B, address, port, new CommandOptions());

    public ValueTask DisposeAsync() => Network.DisposeAsync();

    private static async Task<string> GreetingAsync(
        Machine machine, object address, int port, CommandOptions options, params string[] more)
    {
        var result = await machine.RunAsync(
            options, "python3", ["/run/peers/line_client.py", $"{address}", $"{port}", "--once", .. more]);
        return result.Output.TrimEnd('\n');
    }
}
