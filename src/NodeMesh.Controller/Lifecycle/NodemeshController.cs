using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Store;
using NodeMesh.Linux.Systemd;
using NodeMesh.Resources.Loading;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;

namespace NodeMesh.Controller.Lifecycle;

/// <summary>The program from its arguments to its exit code.</summary>
internal static partial class NodemeshController
{
    private const int Success = 0;
    private const int Failure = 1;
    private const int BadSettings = 2;

    private static string Version { get; } =
        (typeof(NodemeshController).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            var line = CommandLine.Parse(arguments);
            if (line.ShowHelp || line.ShowVersion)
            {
                await Console.Out.WriteLineAsync(line.ShowHelp ? CommandLine.Help : $"nodemesh-controller {Version}");
                return Success;
            }

            var options = ControllerOptionsSchema.Load(line.Config);
            if (line.Check)
            {
                await Console.Out.WriteLineAsync("the settings are right");
                return Success;
            }

            return await ServeAsync(options, () => ControllerOptionsSchema.Load(line.Config));
        }
        catch (SettingsException e)
        {
            await Console.Error.WriteLineAsync($"nodemesh-controller: {e.Message}");
            return BadSettings;
        }
        catch (Exception e) when (e is StoreException or AuthorityException or IOException or SocketException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"nodemesh-controller: {e.Message}");
            return Failure;
        }
    }

    private static async Task<int> ServeAsync(ControllerOptions options, Func<ControllerOptions> readAgain)
    {
        using var loggers = LoggerFactory.Create(builder =>
        {
            builder.SetMinimumLevel(LogLevel.Trace);
            builder.AddFilter((category, level) =>
                level >= (category?.StartsWith("NodeMesh.", StringComparison.Ordinal) == true ? options.LogLevel : LogLevel.Warning));
            builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            builder.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "HH:mm:ss.fff ", true));
        });
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ended.TrySetResult();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        SettingsReload? reload = null;
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            // Before it serves, the settings were read this moment.
            context.Cancel = true;
            reload?.Run();
        });
        using var systemd = SystemdNotifier.FromEnvironment();
        await using var server = new ControllerServer(options, Version, TimeProvider.System, loggers);
        await server.StartAsync();
        var addresses = string.Join(", ", server.Addresses);
        var log = loggers.CreateLogger("NodeMesh.Controller");
        reload = new SettingsReload(options, readAgain, server.Operators, log);
        LogStarted(log, Version, options.TrustDomain, addresses);
        systemd.Ready("Serving");
        await ended.Task;
        systemd.Stopping("Ending");
        return Success;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "nodemesh-controller {Version} of {TrustDomain}: listening on {Addresses}")]
    private static partial void LogStarted(ILogger log, string version, TrustDomain trustDomain, string addresses);
}
