using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Workloads;

/// <summary>Declares <see cref="Workload"/>.</summary>
internal static class WorkloadKind
{
    private static readonly ObjectSchema<ProcessSelector> Selector = new(
        "a process selector",
        () => new ProcessSelector(),
        [
            Fields.Optional("systemdUnit", Scalars.SystemdUnit, (ProcessSelector s) => s.SystemdUnit, (s, v) => s with { SystemdUnit = v }),
            Fields.Optional("user", Scalars.UserName, (ProcessSelector s) => s.User, (s, v) => s with { User = v }),
            Fields.Optional(
                "uid",
                new NullableSchema<uint>(Scalars.Number("a user id", 0, uint.MaxValue - 1, number => (uint)number, uid => uid)),
                (ProcessSelector s) => s.Uid,
                (s, v) => s with { Uid = v }),
            Fields.Optional("cgroupPath", Scalars.AbsolutePath, (ProcessSelector s) => s.CgroupPath, (s, v) => s with { CgroupPath = v }),
            Fields.Optional("executable", Scalars.AbsolutePath, (ProcessSelector s) => s.Executable, (s, v) => s with { Executable = v }),
        ],
        check: CheckSelector);

    private static readonly ObjectSchema<WorkloadPort> Port = new("a workload port", () => new WorkloadPort { Name = "", Port = 0 },
    [
        Fields.Required("name", NetworkScalars.PortName, (WorkloadPort p) => p.Name, (p, v) => p with { Name = v }),
        Fields.Required("port", NetworkScalars.Port, (WorkloadPort p) => p.Port, (p, v) => p with { Port = v }),
        Fields.Optional("protocol", Scalars.Protocol, (WorkloadPort p) => p.Protocol, (p, v) => p with { Protocol = v }),
        Fields.Optional("address", NetworkScalars.UnicastAddress, (WorkloadPort p) => p.Address, (p, v) => p with { Address = v }),
    ]);

    private static readonly ObjectSchema<TcpHealthCheck> TcpCheck = new("a TCP check", () => new TcpHealthCheck { Port = default },
    [
        Fields.Required("port", NetworkScalars.PortReference, (TcpHealthCheck c) => c.Port, (c, v) => c with { Port = v }),
    ]);

    private static readonly ScalarSchema<int> Threshold = Scalars.Number("a count", 1, 100, number => (int)number, count => count);

    private static readonly ObjectSchema<HealthCheck> Health = new(
        "a health check",
        () => new HealthCheck { Tcp = TcpCheck!.Blank },
        [
            Fields.Optional("interval", Scalars.Duration, (HealthCheck h) => h.Interval, (h, v) => h with { Interval = v }),
            Fields.Optional("timeout", Scalars.Duration, (HealthCheck h) => h.Timeout, (h, v) => h with { Timeout = v }),
            Fields.Optional("healthyThreshold", Threshold, (HealthCheck h) => h.HealthyThreshold, (h, v) => h with { HealthyThreshold = v }),
            Fields.Optional("unhealthyThreshold", Threshold, (HealthCheck h) => h.UnhealthyThreshold, (h, v) => h with { UnhealthyThreshold = v }),
            Fields.Required("tcp", TcpCheck, (HealthCheck h) => h.Tcp, (h, v) => h with { Tcp = v }),
        ],
        check: CheckHealth);

    public static DeclaredKind<Workload> Kind { get; } = new(
        "Workload",
        metadata => new Workload { Metadata = metadata, Node = "", Selector = Selector.Blank, ServiceAccount = metadata.Name },
        [
            Fields.Required("node", Scalars.DnsName, (Workload w) => w.Node, (w, v) => w with { Node = v }),
            Fields.Required("selector", Selector, (Workload w) => w.Selector, (w, v) => w with { Selector = v }),
            Fields.Optional(
                "ports",
                new ListSchema<WorkloadPort>(Port, atMost: 256, mayBeEmpty: true),
                (Workload w) => w.Ports,
                (w, v) => w with { Ports = v }),
            Fields.Optional("serviceAccount", Scalars.DnsLabel, (Workload w) => w.ServiceAccount, (w, v) => w with { ServiceAccount = v }),
            Fields.Optional("healthCheck", Health, (Workload w) => w.HealthCheck, (w, v) => w with { HealthCheck = v }),
        ],
        check: Check);

    private static void CheckSelector(ProcessSelector selector, FieldScope at)
    {
        if (selector is { SystemdUnit: null, User: null, Uid: null, CgroupPath: null, Executable: null })
        {
            at.Error("no process is selected; give at least one of systemdUnit, user, uid, cgroupPath, executable");
        }

        if (selector is { User: not null, Uid: not null })
        {
            at.Error("uid", "user and uid are both given; give one of them");
        }
    }

    private static void CheckHealth(HealthCheck health, FieldScope at)
    {
        if (health.Interval < TimeSpan.FromMilliseconds(100))
        {
            at.Error("interval", "the interval is too short; give at least 100ms");
        }

        if (health.Timeout <= TimeSpan.Zero || health.Timeout > TimeSpan.FromMinutes(1))
        {
            at.Error("timeout", "the timeout is out of range; give more than 0s and at most 1m");
        }
    }

    private static void Check(Workload workload, FieldScope spec)
    {
        for (var i = 0; i < workload.Ports.Count; i++)
        {
            var port = workload.Ports[i];
            for (var j = 0; j < i; j++)
            {
                var other = workload.Ports[j];
                if (string.Equals(port.Name, other.Name, StringComparison.Ordinal))
                {
                    spec.Error($"ports[{i}].name", $"the name {port.Name} is ports[{j}]'s already; names are unique in a workload");
                }

                if (port.Port == other.Port)
                {
                    spec.Error($"ports[{i}].port", $"the port {port.Port} is ports[{j}]'s already; a workload serves a port once");
                }
            }
        }

        if (workload.HealthCheck is { Tcp.Port: { Name: { } name } reference } && workload.FindPort(reference) is null)
        {
            spec.Error("healthCheck.tcp.port", $"no port of the workload is named {name}; {Suggestion.For(name, workload.Ports.AsEnumerable().Select(p => p.Name))}");
        }
    }
}
