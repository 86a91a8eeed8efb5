using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>
/// One machine of a <see cref="TestNetwork"/>: network, mount, process, host name and IPC namespaces of its own over the
/// programs of the real one. /etc and /var/lib are layers that only it sees, /run starts empty, /tmp and /sys are shared.
/// /run/programs holds the built programs, /run/scripts the scripts, /run/peers the test peers; the first two are on PATH.
/// </summary>
internal sealed class Machine : IAsyncDisposable
{
    public const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly NamespaceHolder _holder;
    private readonly string _cgroupDirectory;
    private int _captures;

    internal Machine(string name, NamespaceHolder holder, IPAddress ipv4, IPAddress ipv6, string cgroupDirectory)
    {
        Name = name;
        IPv4 = ipv4;
        IPv6 = ipv6;
        _holder = holder;
        _cgroupDirectory = cgroupDirectory;
    }

    public string Name { get; }

    public IPAddress IPv4 { get; }

    public IPAddress IPv6 { get; }

    /// <summary>The device to the network.</summary>
    public string Interface { get; } = "eth0";

    internal int HolderId => _holder.Id;

    public Task<CommandResult> RunAsync(string command, params string[] arguments) =>
        RunAsync(new CommandOptions(), command, arguments);

    /// <summary>Runs a command to its end, whatever its exit code.</summary>
    public async Task<CommandResult> RunAsync(CommandOptions options, string command, params string[] arguments)
    {
        await using var process = Start(options, command, arguments);
        if (options.Input is null)
        {
            process.CloseInput();
        }

        return await process.WaitForExitAsync(options.Timeout);
    }

    /// <summary>The output of a command that must succeed.</summary>
    public async Task<string> OutputOfAsync(string command, params string[] arguments) =>
        (await RunAsync(command, arguments)).EnsureSuccess().Output;

    public BackgroundProcess Start(string command, params string[] arguments) => Start(new CommandOptions(), command, arguments);

    /// <summary>Starts a process beside the test.</summary>
    public BackgroundProcess Start(CommandOptions options, string command, params string[] arguments)
    {
        var start = new ProcessStartInfo("nsenter")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] words = [.. _holder.EnterArguments, "--", "setsid", .. Prefix(options), command, .. arguments];
        foreach (var word in words)
        {
            start.ArgumentList.Add(word);
        }

        start.Environment["PATH"] = $"/run/programs:/run/scripts:{SystemPath}";
        start.Environment["TMPDIR"] = "/run/tmp";
        foreach (var (name, value) in options.Environment)
        {
            start.Environment[name] = value;
        }

        var process = new BackgroundProcess(this, start, string.Join(' ', [command, .. arguments]));
        if (options.Input is not null)
        {
            _ = process.WriteLineAsync(options.Input).ContinueWith(_ => process.CloseInput(), TaskScheduler.Default);
        }

        return process;
    }

    /// <summary>Starts one of the Python peers and, for a server, waits until it listens.</summary>
    public BackgroundProcess StartPeer(string script, params string[] arguments) => StartPeer(new CommandOptions(), script, arguments);

    public BackgroundProcess StartPeer(CommandOptions options, string script, params string[] arguments) =>
        Start(options, "python3", ["-u", $"/run/peers/{script}", .. arguments]);

    /// <summary>Whether a process of this machine listens on the TCP port, on any address.</summary>
    public bool IsListening(int port)
    {
        var ending = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return new[] { "tcp", "tcp6" }
            .Select(table => $"/proc/{_holder.Id}/net/{table}")
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(fields => fields[1].EndsWith(ending, StringComparison.Ordinal) && fields[3] is "0A");
    }

    /// <summary>
    /// A path of this machine, as the test run reaches it with the ordinary file API. An absolute symbolic link on the way
    /// leads out of the machine.
    /// </summary>
    public string PathOf(string path) => $"/proc/{_holder.Id}/root{path}";

    public Task<string> ReadFileAsync(string path) => File.ReadAllTextAsync(PathOf(path));

    /// <summary>Writes a file whole, with its directories; a reader sees the old or the new one.</summary>
    public async Task WriteFileAsync(string path, string content, UnixFileMode? mode = null)
    {
        var target = PathOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        await File.WriteAllTextAsync(target + ".new", content);
        if (mode is { } bits)
        {
            File.SetUnixFileMode(target + ".new", bits);
        }

        File.Move(target + ".new", target, overwrite: true);
    }

    /// <summary>Gives a number a name in this machine's /etc/passwd and /etc/group.</summary>
    public void AddUser(string name, uint uid)
    {
        File.AppendAllText(PathOf("/etc/passwd"), $"{name}:x:{uid}:{uid}::/nonexistent:/usr/sbin/nologin\n");
        File.AppendAllText(PathOf("/etc/group"), $"{name}:x:{uid}:\n");
    }

    /// <summary>A control group for this machine's processes, for <see cref="CommandOptions.Cgroup"/>.</summary>
    public TestCgroup AddCgroup(string name) => new(Path.Combine(_cgroupDirectory, Name, name));

    /// <summary>Starts to record packets; returns when the recording runs. The filter is tcpdump's.</summary>
    public async Task<PacketCapture> CaptureAsync(string filter = "", string? device = null)
    {
        var file = $"/run/tmp/capture-{Interlocked.Increment(ref _captures)}.pcap";
        var tcpdump = Start("tcpdump", "-i", device ?? Interface, "-U", "--immediate-mode", "-Z", "root", "-w", file, filter);
        await tcpdump.WaitForLineAsync("listening on");
        return new PacketCapture(this, tcpdump, file);
    }

    public ValueTask DisposeAsync() => _holder.DisposeAsync();

    private static IEnumerable<string> Prefix(CommandOptions options)
    {
        if (options.Cgroup is { } cgroup)
        {
            // 0 is the writer itself; its id in this process namespace would name somebody else outside.
            yield return "sh";
            yield return "-c";
            yield return "echo 0 >\"$0/cgroup.procs\" && exec \"$@\"";
            yield return cgroup.Directory;
        }

        if (options.WorkingDirectory is { } directory)
        {
            yield return "env";
            yield return $"--chdir={directory}";
        }

        if (options.MaxOpenFiles is { } limit)
        {
            yield return "prlimit";
            yield return $"--nofile={limit}";
        }

        if (options.Uid is { } uid)
        {
            var capabilities = string.Join(',', options.AmbientCapabilities.Select(c => "+" + c));
            yield return "setpriv";
            yield return $"--reuid={uid}";
            yield return $"--regid={options.Gid ?? uid}";
            yield return "--clear-groups";
            yield return $"--inh-caps={(capabilities.Length > 0 ? capabilities : "-all")}";
            if (capabilities.Length > 0)
            {
                yield return $"--ambient-caps={capabilities}";
            }

            yield return "--";
        }
    }
}
