using System.Net;
using System.Text.Json;
using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Mesh;

/// <summary>
/// A machine with a daemon: installed as an operator would (an unprivileged user with the capabilities it names, rules, identities,
/// resources), started, stopped, killed and looked at.
/// </summary>
internal sealed class MeshNode : IAsyncDisposable
{
    public const uint DaemonUid = 64100;
    public const string ResourceDirectory = "/etc/nodemesh/resources";
    public const string IdentityDirectory = "/var/lib/nodemesh/identities";

    private const string AccessLog = "/run/nodemesh/access.log";
    private const string StagingDirectory = "/var/lib/nodemesh/issued";
    private BackgroundProcess? _daemon;

    public MeshNode(Machine machine)
    {
        Machine = machine;
        Admin = new AdminClient(machine);
    }

    public Machine Machine { get; }

    public AdminClient Admin { get; }

    public BackgroundProcess Daemon => _daemon ?? throw new InvalidOperationException($"No daemon was started on {Machine.Name}.");

    public bool IsRunning => _daemon is { HasExited: false };

    /// <summary>Added to nodemeshd.yaml by tests that need other settings than the usual ones; set before the start.</summary>
    public string MoreSettings { get; set; } = "";

    /// <summary>Where its access log goes; set before the start. <see cref="ReadAccessLog"/> reads the usual place alone.</summary>
    public string AccessLogOutput { get; set; } = AccessLog;

    /// <summary>Whether it keeps the captured ports as its workloads declare them; set before the start.</summary>
    public bool ManagesPorts { get; set; } = true;

    /// <summary>As the unit's LimitNOFILE.</summary>
    public int MaxOpenFiles { get; set; } = 16384;

    public async Task InstallAsync(bool redirectDns = false)
    {
        Machine.AddUser("nodemesh", DaemonUid);
        await Machine.OutputOfAsync("chown", "nodemesh:nodemesh", "/run/nodemesh");
        await Machine.OutputOfAsync("mkdir", "-p", ResourceDirectory, IdentityDirectory, "/var/lib/nodemesh/bundles");
        string[] dns = redirectDns ? ["--redirect-dns"] : [];
        await Machine.OutputOfAsync("nodemesh-iptables", ["up", "--daemon-user", "nodemesh", .. dns]);
    }

    /// <summary>Starts the daemon and waits until it is ready to carry traffic and has the captured ports in force.</summary>
    public async Task StartAsync()
    {
        await LaunchAsync();
        await Until.TrueAsync(
            async () => _daemon!.HasExited ? throw new InvalidOperationException($"nodemeshd ended.\n{_daemon}") : await Admin.IsReadyAsync() && await PortsAreSetAsync(),
            $"nodemeshd to be ready\n{_daemon}");
    }

    /// <summary>Starts the daemon, and does not wait.</summary>
    public async Task LaunchAsync()
    {
        await Machine.WriteFileAsync("/etc/nodemesh/nodemeshd.yaml", $$"""
            node: {{Machine.Name}}
            accessLog: { output: {{AccessLogOutput}} }
            interception: { managePorts: {{(ManagesPorts ? "true" : "false")}}, command: /run/scripts/nodemesh-iptables }
            drain: 5s
            {{MoreSettings}}
            """);
        var options = new CommandOptions
        {
            Uid = DaemonUid,
            AmbientCapabilities = ["net_admin", "net_raw", "dac_read_search", "sys_ptrace"],
            MaxOpenFiles = MaxOpenFiles,
            // As the unit has it: a small first generation.
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_GCgen0size"] = "0x400000" },
        };
        _daemon = Machine.Start(options, "nodemeshd");
    }

    /// <summary>Reads resources and identities now; returns when they are in force, or were rejected.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> ReloadAsync() => await Admin.PostAsync("v1/reload");

    /// <summary>Puts files for the daemon in place, whole and with its owner, as nodemeshctl's --owner does.</summary>
    public async Task InstallFilesAsync(string directory, Action<string> write)
    {
        var staging = Machine.PathOf(StagingDirectory);
        Directory.CreateDirectory(staging);
        write(staging);
        await Machine.OutputOfAsync(
            "sh", "-c", $"chown -R nodemesh:nodemesh {StagingDirectory} && mkdir -p {directory} && mv -f {StagingDirectory}/* {directory}/ && chown nodemesh:nodemesh {directory}");
    }

    /// <summary>What the access log has so far.</summary>
    public IReadOnlyList<AccessLogLine> ReadAccessLog()
    {
        var path = Machine.PathOf(AccessLog);
        if (!File.Exists(path))
        {
            return [];
        }

        var text = File.ReadAllText(path);
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        return [.. whole.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => new AccessLogLine(line))];
    }

    public async Task<AccessLogLine> WaitForAccessLogAsync(Func<AccessLogLine, bool> condition, string what)
    {
        AccessLogLine? found = null;
        try
        {
            await Until.TrueAsync(() => (found = ReadAccessLog().FirstOrDefault(condition)) is not null, what, TimeSpan.FromSeconds(15));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\nin the access log of {Machine.Name}, which ends:\n{string.Join('\n', ReadAccessLog().TakeLast(20))}", e);
        }

        return found!;
    }

    /// <summary>A refusal with this code that the log has not before <paramref name="since"/> lines.</summary>
    public Task<AccessLogLine> WaitForRefusalAsync(string refusal, int since = 0) =>
        WaitForAccessLogAsync(line => line.Refusal == refusal && !ReadAccessLog().Take(since).Any(old => old.ToString() == line.ToString()), $"a line with the refusal {refusal}");

    public async Task<MetricSamples> ScrapeAsync()
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) => await Machine.ConnectToAsync(new IPEndPoint(IPAddress.Loopback, 15020), cancel),
        };
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
        return new MetricSamples(await http.GetStringAsync(new Uri("http://nodemeshd/metrics")));
    }

    /// <summary>Resident memory of the daemon, in bytes; from its page tables, since the kernel's counters lag behind by some pages a thread.</summary>
    public async Task<long> ResidentMemoryAsync()
    {
        var line = (await File.ReadAllLinesAsync($"/proc/{await Daemon.GetProcessIdAsync()}/smaps_rollup")).First(text => text.StartsWith("Rss:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Open sockets of the daemon.</summary>
    public async Task<int> SocketsAsync() => new DirectoryInfo($"/proc/{await Daemon.GetProcessIdAsync()}/fd").GetFileSystemInfos()
        .Count(descriptor => descriptor.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false);

    /// <summary>Threads of the daemon.</summary>
    public async Task<int> ThreadsAsync() => Directory.GetFileSystemEntries($"/proc/{await Daemon.GetProcessIdAsync()}/task").Length;

    /// <summary>CPU time of the daemon so far, user and system.</summary>
    public async Task<TimeSpan> CpuTimeAsync()
    {
        var text = await File.ReadAllTextAsync($"/proc/{await Daemon.GetProcessIdAsync()}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], System.Globalization.CultureInfo.InvariantCulture) + long.Parse(fields[12], System.Globalization.CultureInfo.InvariantCulture);
        return TimeSpan.FromMilliseconds(ticks * 10);
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }

        await Machine.DisposeAsync();
    }

    private async Task<bool> PortsAreSetAsync()
    {
        var interception = (await Admin.StatusAsync()).GetProperty("interception");
        return interception.TryGetProperty("error", out var error)
            ? throw new InvalidOperationException($"The inbound ports of {Machine.Name} could not be set: {error}")
            : interception.TryGetProperty("appliedAt", out _);
    }
}
