using NodeMesh.Daemon.Configuration;
using NodeMesh.Daemon.ControlPlane;
using NodeMesh.Daemon.Identities;
using NodeMesh.Daemon.Interception;
using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Logging;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Wiring;

/// <summary>What the admin API asks and commands. Made once when the daemon is put together; every part is thread-safe.</summary>
internal sealed record DaemonParts
{
    public required DaemonOptions Options { get; init; }

    public required string Version { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required TimeProvider Time { get; init; }

    public required ConfigurationLoader Configuration { get; init; }

    public required IdentityLoader Identities { get; init; }

    public required DataPath DataPath { get; init; }

    /// <summary>Null when the daemon does not manage the ports.</summary>
    public required InboundPortUpdater? Ports { get; init; }

    /// <summary>Null for a node that works from files.</summary>
    public required ControlPlaneAgent? Controller { get; init; }

    public required Readiness Readiness { get; init; }

    public required IReadOnlyList<Capability> Capabilities { get; init; }

    public required LogLevelSwitch LogLevel { get; init; }

    /// <summary>Every address that is listened on, by name.</summary>
    public required Func<IReadOnlyList<(string Name, string Address)>> Listeners { get; init; }

    /// <summary>Reads everything anew, as SIGHUP does.</summary>
    public required Func<Task<ReloadOutcome>> ReloadAsync { get; init; }

    /// <summary>Begins to end the daemon, with this grace.</summary>
    public required Action<TimeSpan> Shutdown { get; init; }
}
