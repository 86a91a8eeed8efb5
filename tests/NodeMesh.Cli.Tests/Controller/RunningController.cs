using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace NodeMesh.Cli.Tests.Controller;

/// <summary>A nodemesh-controller, as it was built, in a directory of its own.</summary>
public sealed class RunningController : IAsyncDisposable
{
    public const string Alice = "spiffe://example.org/ns/ops/sa/alice";
    public const string Victor = "spiffe://example.org/ns/ops/sa/victor";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly Task<string> _log;

    private RunningController(TemporaryDirectory directory, Process process, int port)
    {
        (Directory, _process, Port) = (directory, process, port);

        // What it logs is read, so that it never waits for somebody to do so.
        _log = process.StandardError.ReadToEndAsync();
    }

    public TemporaryDirectory Directory { get; }

    public int Port { get; }

    public string Address => $"unix:{Directory["api.sock"]}";

    public string TlsAddress => $"https://127.0.0.1:{Port}";

    /// <summary>The directory of its authority, with which tests issue what operators have.</summary>
    public string Authority => Directory["data/ca"];

    /// <param name="also">Gives more entries for the settings' operators, a line each; its files are in the directory.</param>
    public static async Task<RunningController> StartAsync(Func<TemporaryDirectory, Task<string>>? also = null)
    {
        var directory = new TemporaryDirectory();
        var operators = also is null ? "" : await also(directory);
        var port = FreePort();
        var settings = directory.Write(
            "nodemesh-controller.yaml",
            $$"""
            trustDomain: example.org
            data: {{directory["data"]}}
            listen: ["127.0.0.1:{{port}}"]
            api: { socket: {{directory["api.sock"]}} }
            operators:
              - { id: "{{Alice}}", role: admin }
              - { id: "{{Victor}}", role: viewer }
            {{operators}}
            """);
        var process = Process.Start(new ProcessStartInfo(Program(), ["--config", settings]) { UseShellExecute = false, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(Patience);
        var seen = "";
        while (!seen.Contains("listening on", StringComparison.Ordinal))
        {
            seen += await process.StandardError.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException($"nodemesh-controller has ended: {seen}");
        }

        return new RunningController(directory, process, port);
    }

    /// <summary>Runs nodemeshctl against its socket.</summary>
    public Task<CtlRun> RunAsync(params string[] args) => RunAsync(args, input: "");

    public Task<CtlRun> RunAsync(string[] args, string input = "", IReadOnlyDictionary<string, string>? environment = null) =>
        Ctl.RunAsync([.. args, "--controller", Address], input, environment: environment);

    /// <summary>Applies YAML, which must be right.</summary>
    public async Task ApplyAsync(string yaml, params string[] more)
    {
        var run = await RunAsync(["apply", "-f", "-", .. more], yaml);
        Assert.True(run.ExitCode == 0, run.Error);
    }

    /// <summary>Issues an operator's identity; the options that use it.</summary>
    public async Task<string[]> IssueAsync(string id)
    {
        var name = id[(id.LastIndexOf('/') + 1)..];
        Assert.Equal(0, (await Ctl.RunAsync("ca", "issue", "--ca", Authority, "--id", id, "--name", name, "--out", Directory.Path)).ExitCode);
        return await OptionsAsync(name);
    }

    /// <summary>The options that use the certificate and key of this name in the directory.</summary>
    public async Task<string[]> OptionsAsync(string name)
    {
        Assert.Equal(0, (await Ctl.RunAsync("ca", "bundle", "--ca", Authority, "--out", Directory["bundles"])).ExitCode);
        return ["--identity", Directory[name], "--bundle", Directory["bundles/example.org.json"]];
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _log;
        _process.Dispose();
        Directory.Dispose();
    }

    /// <summary>Beside these tests, built in the same way: <c>bin/CONFIGURATION/FRAMEWORK</c>.</summary>
    private static string Program()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var repository = output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(repository, "src/NodeMesh.Controller/bin", output.Parent.Name, output.Name, "nodemesh-controller");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
