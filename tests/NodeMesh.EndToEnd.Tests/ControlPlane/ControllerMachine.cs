using System.Net;
using System.Text.Json;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.ControlPlane;

/// <summary>A machine with a controller, and an operator on it who is root.</summary>
internal sealed class ControllerMachine : IAsyncDisposable
{
    private const string Socket = "/run/nodemesh-controller/api.sock";

    private readonly AdminClient _api;
    private BackgroundProcess? _process;

    private ControllerMachine(Machine machine)
    {
        Machine = machine;
        _api = new AdminClient(machine, Socket);
    }

    public Machine Machine { get; }

    public BackgroundProcess Process => _process ?? throw new InvalidOperationException("No controller was started.");

    /// <summary>Adds the machine, and starts the controller there.</summary>
    /// <param name="moreSettings">Added to nodemesh-controller.yaml.</param>
    public static async Task<ControllerMachine> StartAsync(TestNetwork network, string moreSettings = "")
    {
        Repository.RequireProgram("nodemesh-controller");
        var controller = new ControllerMachine(await network.AddMachineAsync("ctl"));
        await controller.Machine.WriteFileAsync("/etc/nodemesh/nodemesh-controller.yaml", $"trustDomain: {TestMesh.TrustDomain}\n{moreSettings}\n");
        await controller.StartAsync();
        return controller;
    }

    /// <summary>Starts it, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        _process = Machine.Start("nodemesh-controller");
        await Until.TrueAsync(
            async () => _process.HasExited ? throw new InvalidOperationException($"nodemesh-controller ended.\n{_process}") : await AnswersAsync(),
            "nodemesh-controller to answer");
    }

    public async Task KillAsync()
    {
        await Process.KillAsync();
        await Process.DisposeAsync();
    }

    public Task<JsonElement> GetAsync(string path) => _api.GetAsync(path);

    public Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path, object message) => _api.PostAsync(path, message);

    /// <summary>Applies resources, which must be right; gives the revision.</summary>
    public async Task<long> ApplyAsync(string yaml)
    {
        var (status, body) = await PostAsync("v1/apply", new { files = new[] { new { name = "test.yaml", content = yaml } } });
        return status == HttpStatusCode.OK ? body.GetProperty("revision").GetInt64() : throw new InvalidOperationException($"{status}: {body}");
    }

    public async Task<long> DeleteAsync(string kind, string name)
    {
        var (status, body) = await PostAsync("v1/apply", new { delete = new[] { new { kind, name, @namespace = "default" } } });
        return status == HttpStatusCode.OK ? body.GetProperty("revision").GetInt64() : throw new InvalidOperationException($"{status}: {body}");
    }

    public async Task<string> CreateTokenAsync(string node) =>
        (await PostAsync($"v1/nodes/{node}/tokens", new { ttlSeconds = 600 })).Body.GetProperty("token").GetString()!;

    public async Task<JsonElement> NodeAsync(string name) =>
        (await GetAsync("v1/nodes")).GetProperty("nodes").EnumerateArray().Single(node => node.GetProperty("name").GetString() == name);

    /// <summary>Waits until a node has put a revision in force.</summary>
    public Task UntilProgrammedAsync(string node, long revision) => Until.TrueAsync(
        async () => (await NodeAsync(node)) is var found && found.GetProperty("connected").GetBoolean() && found.GetProperty("revision").GetInt64() >= revision,
        $"{node} to have revision {revision} in force");

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await GetAsync("v1/status");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
