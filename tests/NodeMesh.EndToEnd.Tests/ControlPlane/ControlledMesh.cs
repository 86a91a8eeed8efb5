using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;
using NodeMesh.EndToEnd.Tests.Operations;

namespace NodeMesh.EndToEnd.Tests.ControlPlane;

/// <summary>The mesh of <see cref="ServiceMesh"/>, told by a controller: nothing is on the nodes but the address and a token.</summary>
internal sealed class ControlledMesh : IAsyncDisposable
{
    private readonly TestNetwork _network;

    private ControlledMesh(TestNetwork network) => _network = network;

    public ControllerMachine Controller { get; private set; } = null!;

    public MeshNode A { get; private set; } = null!;

    public MeshNode B { get; private set; } = null!;

    /// <summary>The line server on <see cref="B"/>.</summary>
    public BackgroundProcess Server { get; private set; } = null!;

    /// <summary>The daemons have joined and are ready, and the line server runs.</summary>
    /// <param name="controllerSettings">Added to nodemesh-controller.yaml.</param>
    public static async Task<ControlledMesh> StartAsync(string controllerSettings = "")
    {
        var mesh = new ControlledMesh(await TestNetwork.CreateAsync());
        try
        {
            mesh.Controller = await ControllerMachine.StartAsync(mesh._network, controllerSettings);
            mesh.A = await mesh.JoinAsync("a");
            mesh.B = await mesh.JoinAsync("b");
            await mesh.Controller.ApplyAsync(TestMesh.Configuration + "---\n" + NodeOf(mesh.A) + NodeOf(mesh.B) + ServiceMesh.Resources);
            await mesh.A.StartAsync();
            await mesh.B.StartAsync();
            await mesh.StartServerAsync();
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    public async Task StartServerAsync() => Server = await LineServer.StartAsync(B);

    public Task<string> CallAsync() => LineServer.CallAsync(A.Machine, ServiceMesh.Web, LineServer.Vip4);

    /// <summary>A machine with rules, the controller's address and a token.</summary>
    public async Task<MeshNode> JoinAsync(string name)
    {
        var node = new MeshNode(await _network.AddMachineAsync(name))
        {
            MoreSettings = $"controller: {{ addresses: [\"{Controller.Machine.IPv4}:15010\"] }}",
        };
        await node.InstallAsync();
        await GiveTokenAsync(node, await Controller.CreateTokenAsync(name));
        await node.Machine.OutputOfAsync("chown", "-R", "nodemesh:nodemesh", "/var/lib/nodemesh");
        return node;
    }

    public static async Task GiveTokenAsync(MeshNode node, string token)
    {
        await node.Machine.WriteFileAsync("/etc/nodemesh/join-token", token, UnixFileMode.UserRead);
        await node.Machine.OutputOfAsync("chown", "nodemesh:nodemesh", "/etc/nodemesh/join-token");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in new[] { A, B }.OfType<MeshNode>())
        {
            await node.DisposeAsync();
        }

        await (Controller?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _network.DisposeAsync();
    }

    private static string NodeOf(MeshNode node) => $$"""
        apiVersion: nodemesh.io/v1
        kind: Node
        metadata: { name: {{node.Machine.Name}} }
        spec: { addresses: [{{node.Machine.IPv4}}, "{{node.Machine.IPv6}}"] }
        ---

        """;
}
