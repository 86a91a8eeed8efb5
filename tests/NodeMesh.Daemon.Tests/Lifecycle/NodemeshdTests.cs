using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NodeMesh.Daemon.Tests.Lifecycle;

/// <summary>The program itself: what it prints, and how it ends.</summary>
public sealed class NodemeshdTests : IDisposable
{
    private readonly TestMesh _mesh = new();

    [Fact]
    public async Task Help_and_version_are_printed()
    {
        Assert.Contains("Usage: nodemeshd", (await RunAsync("--help")).Output, StringComparison.Ordinal);
        Assert.StartsWith("nodemeshd 0.", (await RunAsync("--version")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_flag_or_file_ends_with_2_and_one_line()
    {
        var (code, _, errors) = await RunAsync("--nod");
        Assert.Equal(2, code);
        Assert.StartsWith("nodemeshd: \"--nod\" is no flag of nodemeshd; did you mean \"--node\"?", errors, StringComparison.Ordinal);

        _mesh.Directory.Replace("nodemeshd.yaml", "listener: {}\n");
        (code, _, errors) = await RunAsync("--config", _mesh.Directory.File("nodemeshd.yaml"));
        Assert.Equal(2, code);
        Assert.Contains("nodemeshd.yaml:1:1: error: listener: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_says_whether_the_resources_are_right()
    {
        string[] arguments = ["--check", "--node", "web-1", "--resources", _mesh.ResourcesPath];
        Assert.Equal((0, "settings and resources are right: 4 resources, 1 workload on node web-1\n"), Without(await RunAsync(arguments)));

        _mesh.Directory.Replace("resources/wrong.yaml", TestMesh.WrongService);
        var (code, _, errors) = await RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.Contains("wrong.yaml:4:", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_ends_the_start_with_1_and_says_which()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var (code, _, errors) = await RunAsync("--config", WriteSettings($"127.0.0.1:{port}"));

        Assert.Equal(1, code);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"nodemeshd: a listener cannot be bound: "), errors, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGTERM_ends_it_with_0_and_takes_the_socket_away()
    {
        using var process = Start("--config", WriteSettings("127.0.0.1:0"));
        var socket = _mesh.Directory.File("run/admin.sock");
        await Wait.UntilAsync(() => File.Exists(socket), "the admin socket is there");
        using var errors = new StringWriter(CultureInfo.InvariantCulture);
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
            {
                errors.WriteLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
        await Wait.UntilAsync(() => Text(errors).Contains("1 event loop, listening on", StringComparison.Ordinal), "the daemon has started");

        await SignalAsync(process, "TERM");
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.False(File.Exists(socket));
    }

    public void Dispose() => _mesh.Dispose();

    private static string Text(StringWriter writer)
    {
        lock (writer)
        {
            return writer.ToString();
        }
    }

    private static (int, string) Without((int Code, string Output, string Errors) result) => (result.Code, result.Output);

    private string WriteSettings(string outbound)
    {
        var settings = new StringBuilder();
        settings.Append(CultureInfo.InvariantCulture, $$"""
            node: web-1
            resources: {{_mesh.ResourcesPath}}
            identities: {{_mesh.IdentitiesPath}}
            bundles: {{_mesh.BundlesPath}}
            loops: 1
            mark: 0
            listeners: {outbound: ["{{outbound}}"], inbound: ["127.0.0.1:0"], mesh: ["127.0.0.1:0"]}
            dns: {listen: []}
            telemetry: {listen: []}
            interception: {managePorts: false}
            admin: {socket: {{_mesh.Directory.File("run/admin.sock")}}}
            """);
        _mesh.Directory.Replace("nodemeshd.yaml", settings.ToString());
        return _mesh.Directory.File("nodemeshd.yaml");
    }

    private static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(
        Path.Combine(AppContext.BaseDirectory, "nodemeshd"), arguments)
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, errors);
    }

    private static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
