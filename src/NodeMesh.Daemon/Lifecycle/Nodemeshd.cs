using NodeMesh.Daemon.Logging;
using NodeMesh.Daemon.Options;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>The program from its arguments to its exit code.</summary>
internal static class Nodemeshd
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            var line = CommandLine.Parse(arguments);
            if (line.ShowHelp)
            {
                await Console.Out.WriteLineAsync(CommandLine.Help);
                return ExitCode.Success;
            }

            if (line.ShowVersion)
            {
                await Console.Out.WriteLineAsync($"nodemeshd {NodeDaemon.Version}");
                return ExitCode.Success;
            }

            var options = line.LoadOptions();
            return line.Check ? await CheckAsync(options) : await ServeAsync(options, line.LoadOptions);
        }
        catch (SettingsException e)
        {
            await Console.Error.WriteLineAsync($"nodemeshd: {e.Message}");
            return ExitCode.BadConfiguration;
        }
    }

    /// <summary>Reads the resources as the daemon would, and says what is wrong or doubtful.</summary>
    private static async Task<int> CheckAsync(DaemonOptions options)
    {
        var load = ResourceDirectory.Load(options.Resources);
        foreach (var issue in load.Issues)
        {
            Console.Error.WriteLine(issue);
        }

        if (load.Set is null)
        {
            return ExitCode.BadConfiguration;
        }

        var snapshot = SnapshotCompiler.Compile(load.Set, options.Node, null, name => Linux.Credentials.UserDatabase.Find(name)?.Uid);
        foreach (var warning in snapshot.Warnings)
        {
            await Console.Error.WriteLineAsync($"warning: {warning}");
        }

        await Console.Out.WriteLineAsync(
            $"settings and resources are right: {Counted.Text(load.Set.Count, "resource")}, {Counted.Text(snapshot.Workloads.Count, "workload")} on node {options.Node}");
        return ExitCode.Success;
    }

    private static async Task<int> ServeAsync(DaemonOptions options, Func<DaemonOptions> readAgain)
    {
        var level = new LogLevelSwitch(options.LogLevel);
        using var loggers = DaemonLog.Create(options.LogFormat, level, DaemonLog.IsUnderJournal());
        var launcher = Launcher.Find();
        using var service = ServiceEnvironment.Read(Environment.GetEnvironmentVariable, launcher?.Pid ?? Environment.ProcessId);
        try
        {
            await using var daemon = new NodeDaemon(options, readAgain, level, service, TimeProvider.System, loggers);
            using var signals = new Signals(
                () => daemon.RequestShutdown(options.Drain),
                () => Environment.Exit(ExitCode.Failure),
                () => _ = daemon.ReloadAsync());
            await daemon.StartAsync();
            ProgramFiles.OpenOwn();
            var grace = await daemon.ShutdownRequested;
            if (launcher is not null)
            {
                await daemon.HandOverAsync(launcher.Leave);
            }

            await daemon.DrainAsync(grace);
            return ExitCode.Success;
        }
        catch (StartupException e)
        {
            await Console.Error.WriteLineAsync($"nodemeshd: {e.Message}");
            return ExitCode.Failure;
        }
    }
}
