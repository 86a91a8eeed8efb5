using System.ComponentModel;
using NodeMesh.Linux.Systemd;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>What systemd gives a service beside its settings, in variables and descriptors. Read once at the start, by one thread.</summary>
internal sealed record ServiceEnvironment : IDisposable
{
    /// <summary>Where the service tells how it is.</summary>
    public required SystemdNotifier Notifier { get; init; }

    /// <summary>Where listening sockets are kept, and those of the process before.</summary>
    public required SocketStore Sockets { get; init; }

    /// <summary>The time within which systemd wants to hear; null when it does not.</summary>
    public required TimeSpan? Watchdog { get; init; }

    /// <summary>RUNTIME_DIRECTORY; null where the service has none.</summary>
    public required string? RuntimeDirectory { get; init; }

    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="service">The process that systemd takes for the service.</param>
    /// <exception cref="SettingsException">A variable is not as systemd would set it.</exception>
    public static ServiceEnvironment Read(Func<string, string?> variable, int service)
    {
        SystemdNotifier? notifier = null;
        try
        {
            notifier = new SystemdNotifier(variable("NOTIFY_SOCKET"));
            return new ServiceEnvironment
            {
                Notifier = notifier,
                Sockets = new SocketStore(notifier, SystemdSocket.Take(variable, service)),
                Watchdog = SystemdWatchdog.ReadInterval(variable, service),
                RuntimeDirectory = variable("RUNTIME_DIRECTORY"),
            };
        }
        catch (Exception e) when (e is FormatException or Win32Exception)
        {
            notifier?.Dispose();
            throw new SettingsException($"the environment is not as systemd sets it: {e.Message}; without systemd, unset the variable");
        }
    }

    public void Dispose() => Notifier.Dispose();
}
