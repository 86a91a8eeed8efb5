using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using NodeMesh.Cli.Checks;

namespace NodeMesh.Cli.Tests.Support;

/// <summary>The bundle of a machine that has secrets wherever something is looked at.</summary>
public sealed class SupportBundleTests : IAsyncLifetime, IDisposable
{
    private const string Secret = "hunter2hunter2";

    private readonly TemporaryDirectory _directory = new();
    private AdminServer _server = null!;

    public async Task InitializeAsync() => _server = await AdminServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_has_what_helps_and_says_what_is_missing()
    {
        _directory.Write("root/etc/nodemesh/nodemeshd.yaml", "node: web-1\n");
        _directory.WriteProgram("bin/journalctl", "echo \"log of $1\"");
        _directory.WriteProgram("bin/iptables-save", "echo '*nat'; echo 'a warning' >&2");

        var files = await MakeAsync();

        Assert.Equal("web-1", (string?)JsonNode.Parse(files["daemon/status.json"])!["node"]);
        Assert.Equal("node: web-1\n", files["files/etc/nodemesh/nodemeshd.yaml"]);
        Assert.Equal("log of --unit=nodemeshd\n", files["log/nodemeshd.txt"]);
        Assert.Equal("*nat\n\na warning\n", files["rules/iptables-save.txt"]);
        Assert.Contains("nodemeshd 0.1.0 answers", files["check.txt"], StringComparison.Ordinal);
        Assert.Contains("daemon/metrics.txt: ", files["missing.txt"], StringComparison.Ordinal);
        Assert.Contains("/etc/os-release: not there", files["missing.txt"], StringComparison.Ordinal);
        Assert.Contains("network/addresses.txt: there is no ip", files["missing.txt"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_metrics_are_in_it_where_the_daemon_serves_them()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var telemetry = builder.Build();
        telemetry.MapGet("/metrics", () => "nodemesh_connections_open 3\n");
        await telemetry.StartAsync();
        var status = _server["GET /v1/status"];
        status["listeners"] = new JsonArray(new JsonObject { ["name"] = "telemetry", ["address"] = new Uri(telemetry.Urls.Single()).Authority });
        _server["GET /v1/status"] = status;

        Assert.Equal("nodemesh_connections_open 3\n", (await MakeAsync())["daemon/metrics.txt"]);
    }

    [Fact]
    public async Task No_secret_is_in_it()
    {
        var key = $"-----BEGIN PRIVATE KEY-----\n{Secret}\n-----END PRIVATE KEY-----";
        _directory.Write("root/etc/nodemesh/nodemeshd.yaml", $"{key}\npassword: {Secret}\n");
        _directory.Write("root/etc/default/nodemeshd", $"API_TOKEN=\"{Secret}\"\n");
        _directory.Write("root/etc/nodemesh/join-token", $"nmj1.{Secret}\n");
        _directory.Write("root/var/lib/nodemesh/identities/shop.cart.key", key);
        foreach (var program in new[] { "journalctl", "systemctl", "nodemesh-iptables", "iptables-save", "ip", "ss", "ls" })
        {
            _directory.WriteProgram($"bin/{program}", $"echo 'token nmj1.{Secret}'; echo 'Authorization: Bearer {Secret}' >&2; exit 1");
        }

        var status = _server["GET /v1/status"];
        status["notReady"] = new JsonArray($"the token nmj1.{Secret} is used up", key);
        _server["GET /v1/status"] = status;

        var files = await MakeAsync();

        Assert.Contains("Authorization: [redacted]", files["log/nodemeshd.txt"], StringComparison.Ordinal);
        Assert.All(files, file => Assert.DoesNotContain(Secret, file.Value, StringComparison.Ordinal));
        Assert.DoesNotContain(files.Keys, name => name.Contains("identities", StringComparison.Ordinal) || name.Contains("join-token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_for_its_owner_alone_and_overwrites_nothing()
    {
        await MakeAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["bundle.tar.gz"]));

        var again = await RunAsync();

        Assert.Equal(1, again.ExitCode);
        Assert.Contains("bundle.tar.gz cannot be made", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_whose_daemon_does_not_run_has_one_too()
    {
        var files = await MakeAsync(_directory["none.sock"]);

        Assert.DoesNotContain("daemon/status.json", files.Keys);
        Assert.Contains("daemon/status.json: ", files["missing.txt"], StringComparison.Ordinal);
    }

    private Task<CtlRun> RunAsync(string? socket = null) => Ctl.RunAsync(
        ["support-bundle", "--file", _directory["bundle.tar.gz"], "--socket", socket ?? _server.Socket],
        machine: new Machine { Root = _directory["root"], ProgramDirectories = [_directory["bin"]], IsRoot = true });

    /// <summary>What is in it, by name.</summary>
    private async Task<Dictionary<string, string>> MakeAsync(string? socket = null)
    {
        var run = await RunAsync(socket);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(_directory["bundle.tar.gz"] + "\n", run.Output);

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        using var tar = new TarReader(new GZipStream(File.OpenRead(_directory["bundle.tar.gz"]), CompressionMode.Decompress));
        while (await tar.GetNextEntryAsync() is { } entry)
        {
            using var reader = new StreamReader(entry.DataStream ?? Stream.Null, Encoding.UTF8);
            files[entry.Name[(entry.Name.IndexOf('/', StringComparison.Ordinal) + 1)..]] = await reader.ReadToEndAsync();
        }

        return files;
    }
}
