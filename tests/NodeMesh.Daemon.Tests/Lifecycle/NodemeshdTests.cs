using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NodeMesh.Daemon.Tests.Lifecycle;

/// <summary>The program itself: what it prints, and how it ends.</summary>
public sealed class NodemeshdTests : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "nodemeshd");

    private readonly TestMesh _mesh = new();

    [Fact]
    public async Task Help_and_version_are_printed()
    {
        Assert.Contains("Usage: nodemeshd", (await RunAsync(Program, "--help")).Output, StringComparison.Ordinal);
        Assert.StartsWith("nodemeshd 0.", (await RunAsync(Program, "--version")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_flag_or_file_ends_with_2_and_one_line()
    {
        var (code, _, errors) = await RunAsync(Program, "--nod");
        Assert.Equal(2, code);
        Assert.StartsWith("nodemeshd: \"--nod\" is no flag of nodemeshd; did you mean \"--node\"?", errors, StringComparison.Ordinal);

        _mesh.Directory.Replace("nodemeshd.yaml", "listener: {}\n");
        (code, _, errors) = await RunAsync(Program, "--config", _mesh.Directory.File("nodemeshd.yaml"));
        Assert.Equal(2, code);
        Assert.Contains("nodemeshd.yaml:1:1: error: listener: ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WATCHDOG_USEC", "soon", "WATCHDOG_USEC is \"soon\": expected a positive number")]
    [InlineData("NOTIFY_SOCKET", "notify", "NOTIFY_SOCKET is \"notify\": expected an absolute path or @name")]
    public async Task A_variable_of_systemd_that_is_wrong_ends_with_2_and_one_line(string name, string value, string message)
    {
        var (code, _, errors) = await RunAsync("env", $"{name}={value}", Program, "--config", WriteSettings("127.0.0.1:0"));

        Assert.Equal(2, code);
        Assert.Equal($"nodemeshd: the environment is not as systemd sets it: {message}; without systemd, unset the variable\n", errors);
    }

    [Fact]
    public async Task Sockets_that_were_announced_and_are_not_there_end_with_2_and_one_line()
    {
        // The shell's number is the program's.
        var (code, _, errors) = await RunAsync(
            "sh", "-c", "LISTEN_FDS=many LISTEN_PID=$$ exec \"$@\"", "sh", Program, "--config", WriteSettings("127.0.0.1:0"));

        Assert.Equal(2, code);
        Assert.Equal(
            "nodemeshd: the environment is not as systemd sets it: LISTEN_FDS is \"many\": expected a number of at most 4096; without systemd, unset the variable\n", errors);
    }

    [Fact]
    public async Task Check_says_whether_the_resources_are_right()
    {
        string[] arguments = ["--check", "--node", "web-1", "--resources", _mesh.ResourcesPath];
        Assert.Equal((0, "settings and resources are right: 4 resources, 1 workload on node web-1\n"), Without(await RunAsync([Program, .. arguments])));

        _mesh.Directory.Replace("resources/wrong.yaml", TestMesh.WrongService);
        var (code, _, errors) = await RunAsync([Program, .. arguments]);
        Assert.Equal(2, code);
        Assert.Contains("wrong.yaml:4:", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_ends_the_start_with_1_and_says_which()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var (code, _, errors) = await RunAsync(Program, "--config", WriteSettings($"127.0.0.1:{port}"));

        Assert.Equal(1, code);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"nodemeshd: a listener cannot be bound: "), errors, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGTERM_ends_it_with_0_and_takes_the_socket_away()
    {
        using var process = Start(Program, "--config", WriteSettings("127.0.0.1:0"));
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

    [Fact]
    public async Task What_it_has_not_used_yet_is_open_too_for_an_upgrade_replaces_the_files()
    {
        using var process = Start(Program, "--config", WriteSettings("127.0.0.1:0"));

        // It has no controller to call.
        await Wait.UntilAsync(
            () => File.ReadAllText($"/proc/{process.Id}/maps").Contains(Path.Combine(AppContext.BaseDirectory, "NodeMesh.Xds.dll"), StringComparison.Ordinal), "it is open");

        await SignalAsync(process, "TERM");
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
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

    private static Process Start(params string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] command)
    {
        using var process = Start(command);
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
