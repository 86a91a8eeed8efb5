using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.ControlPlane;
using NodeMesh.Daemon.Identities;
using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Options;
using NodeMesh.Daemon.Wiring;
using NodeMesh.Resources.Problems;
using NodeMesh.Spiffe.Files;
using NodeMesh.Transport.Loops;
using NodeMesh.Xds;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>The daemon at a glance.</summary>
internal static class StatusReport
{
    public static StatusMessage Of(DaemonParts parts)
    {
        var now = parts.Time.GetUtcNow();
        var reasons = parts.Readiness.Reasons();
        var snapshot = parts.Configuration.State.Snapshot;
        return new StatusMessage
        {
            Version = parts.Version,
            Node = parts.Options.Node,
            Pid = Environment.ProcessId,
            StartedAt = parts.StartedAt,
            UptimeSeconds = (now - parts.StartedAt).TotalSeconds,
            State = parts.Readiness.State(reasons),
            NotReady = reasons,
            TrustDomain = snapshot?.TrustDomain.Name,
            DnsDomain = snapshot?.Resources.Mesh.DnsDomain,
            Configuration = Configuration(parts, now),
            Controller = parts.Controller is { } controller ? Controller(controller, now) : null,
            Identities = Identities(parts, now),
            Bundles = Bundles(parts),
            Interception = Interception(parts),
            Listeners = [.. parts.Listeners().Select(listener => new ListenerMessage { Name = listener.Name, Address = listener.Address })],
            Connections = new ConnectionCountMessage { Open = parts.DataPath.Proxy.OpenConnections },
            Loops = [.. parts.DataPath.Proxy.LoopStatistics().Select(Loop)],
            Capabilities = [.. Capabilities(parts)],
            LogLevel = OptionsSchema.LevelName(parts.LogLevel.Level),
        };
    }

    public static IReadOnlyList<FileProblemMessage> Problems(IReadOnlyList<FileProblem> problems) =>
        [.. problems.Select(problem => new FileProblemMessage { File = problem.FileName, Reason = problem.Reason })];

    private static ConfigurationMessage Configuration(DaemonParts parts, DateTimeOffset now)
    {
        var state = parts.Configuration.State;
        return new ConfigurationMessage
        {
            Directory = parts.Controller is null ? parts.Options.Resources : null,
            Revision = state.Revision,
            LoadedAt = state.Snapshot is null ? null : state.LoadedAt,
            AgeSeconds = state.Snapshot is null ? null : (now - state.LoadedAt).TotalSeconds,
            Resources = (state.Snapshot?.Resources.All ?? []).AsEnumerable()
                .GroupBy(resource => resource.Kind, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal),
            Warnings = IssueReport.WarningsOf(state),
            Rejected = state.Rejected is { } rejected
                ? new RejectedMessage { At = rejected.At, Errors = [.. rejected.Errors.Select(IssueMessage.Of)] }
                : null,
        };
    }

    private static ControllerMessage Controller(ControlPlaneAgent controller, DateTimeOffset now)
    {
        var (state, confirmed) = (controller.State, controller.ConfirmedAt);
        return new ControllerMessage
        {
            Address = state.Address,
            Connected = state.IsConnected,
            Since = state.Since,
            Trouble = state.Trouble,
            Revision = DeltaVersion.Read(controller.Revision),
            ConfirmedAt = confirmed,
            AgeSeconds = confirmed is { } at ? Math.Max(0, (now - at).TotalSeconds) : null,
        };
    }

    private static IdentitiesMessage Identities(DaemonParts parts, DateTimeOffset now)
    {
        var state = parts.Identities.State;
        var states = state.Svids.Svids.Select(svid => CertificateStates.At(svid, now)).ToArray();
        return new IdentitiesMessage
        {
            Directory = parts.Options.Identities,
            Loaded = states.Length,
            Expiring = states.Count(s => s == CertificateState.Expiring),
            Expired = states.Count(s => s == CertificateState.Expired),
            Missing = (parts.Configuration.State.Snapshot?.Workloads ?? []).Count(workload => !state.Svids.TryGet(workload.Identity, out _)),
            Problems = Problems(state.IdentityProblems),
        };
    }

    private static BundlesMessage Bundles(DaemonParts parts)
    {
        var state = parts.Identities.State;
        return new BundlesMessage
        {
            Directory = parts.Options.Bundles,
            TrustDomains = [.. state.Bundles.Bundles.Select(bundle => bundle.TrustDomain.Name).Order(StringComparer.Ordinal)],
            Problems = Problems(state.BundleProblems),
        };
    }

    private static InterceptionMessage Interception(DaemonParts parts)
    {
        var declared = parts.Configuration.State.Snapshot?.InboundPorts ?? [];
        return parts.Ports?.State is { } state
            ? new InterceptionMessage { ManagePorts = true, Declared = declared, Ports = state.Ports, AppliedAt = state.AppliedAt, Error = state.Error }
            : new InterceptionMessage { ManagePorts = false, Declared = declared };
    }

    private static LoopMessage Loop(LoopStatistics loop, int index) => new()
    {
        Index = index,
        Turns = loop.Turns,
        BusySeconds = loop.Busy.TotalSeconds,
        LongestTurnSeconds = loop.LongestTurn.TotalSeconds,
        Descriptors = loop.Descriptors,
        Timers = loop.Timers,
        BuffersRented = loop.BuffersRented,
        BuffersIdle = loop.BuffersIdle,
    };

    /// <summary>One that is missing, and that nothing configured here would use, is not worth a warning.</summary>
    private static IEnumerable<CapabilityMessage> Capabilities(DaemonParts parts)
    {
        var workloads = parts.Configuration.State.Snapshot?.Workloads ?? [];
        var isByExecutable = workloads.Any(workload => workload.Resource.Selector.Executable is not null);
        return parts.Capabilities.Where(capability => capability.IsHeld || isByExecutable || capability.Name is not "CAP_SYS_PTRACE").Select(Capability);
    }

    private static CapabilityMessage Capability(Capability capability) => new()
    {
        Name = capability.Name,
        Held = capability.IsHeld,
        Need = capability.IsRequired ? "required" : "optional",
        Purpose = capability.Purpose,
    };
}
