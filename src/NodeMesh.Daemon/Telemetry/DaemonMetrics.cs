using System.Diagnostics;
using System.Globalization;
using NodeMesh.Daemon.Configuration;
using NodeMesh.Daemon.ControlPlane;
using NodeMesh.Daemon.Identities;
using NodeMesh.Daemon.Wiring;
using NodeMesh.Proxy;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Buffers;

namespace NodeMesh.Daemon.Telemetry;

/// <summary>Gives the metrics that are read at the scrape their sources: configuration, certificates, endpoints, loops and the process.</summary>
internal static class DaemonMetrics
{
    public static void Observe(
        MetricRegistry registry,
        ConfigurationLoader configuration,
        IdentityLoader identities,
        DataPath dataPath,
        ControlPlaneAgent? controller,
        TimeProvider time,
        string version)
    {
        registry.ObserveBuild(version);
        ObserveConfiguration(registry, configuration, time);
        if (controller is not null)
        {
            ObserveController(registry, controller, time);
        }

        registry.ObserveCertificates(observer => ReportCertificates(observer, identities.State));
        registry.ObserveEndpoints(observer => EachEndpoint(configuration, (service, endpoint) =>
            observer.Report(1, service, $"{endpoint.Address}", StateName(endpoint.State.Health))));
        registry.ObserveEndpointConnections(observer => EachEndpoint(configuration, (service, endpoint) =>
            observer.Report(endpoint.State.Active, service, $"{endpoint.Address}")));
        ObserveLoops(registry, dataPath.Proxy);
        ObserveProcess(registry);
    }

    /// <summary>The word for an endpoint's health, in metrics and the admin API.</summary>
    public static string StateName(EndpointHealth health) => health switch
    {
        EndpointHealth.Healthy => "healthy",
        EndpointHealth.Unhealthy => "unhealthy",
        _ => "ejected",
    };

    private static void ObserveConfiguration(MetricRegistry registry, ConfigurationLoader configuration, TimeProvider time)
    {
        registry.ObserveConfigurationRevision(observer => observer.Report(configuration.State.Revision));
        registry.ObserveConfigurationWarnings(observer => observer.Report(configuration.State.Warnings));
        registry.ObserveConfigurationAge(observer =>
        {
            if (configuration.State is { Snapshot: not null } state)
            {
                observer.Report((time.GetUtcNow() - state.LoadedAt).TotalSeconds);
            }
        });
        registry.Observe(
            new MetricDescription("nodemesh_configuration_rejected", "1 while the newest resources are wrong, so that an older revision is in force.", MetricType.Gauge),
            [],
            observer => observer.Report(configuration.State.Rejected is null ? 0 : 1));
    }

    private static void ObserveController(MetricRegistry registry, ControlPlaneAgent controller, TimeProvider time)
    {
        registry.Observe(
            new MetricDescription("nodemesh_controller_connected", "1 while the node is connected to its controller.", MetricType.Gauge),
            [],
            observer => observer.Report(controller.State.IsConnected ? 1 : 0));
        registry.Observe(
            new MetricDescription(
                "nodemesh_controller_configuration_age_seconds",
                "Time since what is in force was known to be the controller's newest; 0 while connected.",
                MetricType.Gauge,
                "seconds"),
            [],
            observer =>
            {
                if (controller.ConfirmedAt is { } confirmed)
                {
                    observer.Report(Math.Max(0, (time.GetUtcNow() - confirmed).TotalSeconds));
                }
            });
    }

    private static void ReportCertificates(MetricObserver observer, IdentityState state)
    {
        foreach (var svid in state.Svids.Svids)
        {
            observer.Report(svid.NotAfter.ToUnixTimeSeconds(), svid.Id.ToString(), "svid");
        }

        foreach (var (trustDomain, authorities) in state.Authorities)
        {
            if (authorities.Count > 0)
            {
                // The last one: until then the domain has an authority.
                observer.Report(authorities.Max(authority => authority.NotAfter).ToUnixTimeSeconds(), $"spiffe://{trustDomain}", "bundle");
            }
        }
    }

    private static void EachEndpoint(ConfigurationLoader configuration, Action<string, Endpoint> report)
    {
        var seen = new HashSet<(string, Endpoint)>();
        foreach (var service in configuration.State.Snapshot?.Services ?? [])
        {
            foreach (var endpoint in service.Endpoints)
            {
                // Two ports of a service may lead to one endpoint.
                if (seen.Add((service.Service.FullName, endpoint)))
                {
                    report(service.Service.FullName, endpoint);
                }
            }
        }
    }

    private static void ObserveLoops(MetricRegistry registry, MeshProxy proxy)
    {
        registry.ObserveLoopBusyTime(observer => EachLoop(proxy, (index, loop) => observer.Report(loop.Busy.TotalSeconds, index)));
        registry.ObserveLoopConnections(observer => EachLoop(proxy, (index, loop) => observer.Report(loop.Descriptors, index)));
        registry.ObserveBuffers(observer =>
        {
            var loops = proxy.LoopStatistics();
            observer.Report(loops.Sum(loop => (double)loop.BuffersRented) * PooledBuffer.Size, "loops", "used");
            observer.Report(loops.Sum(loop => (double)loop.BuffersIdle) * PooledBuffer.Size, "loops", "free");
        });
    }

    private static void EachLoop(MeshProxy proxy, Action<string, Transport.Loops.LoopStatistics> report)
    {
        var loops = proxy.LoopStatistics();
        for (var i = 0; i < loops.Count; i++)
        {
            report(i.ToString(CultureInfo.InvariantCulture), loops[i]);
        }
    }

    /// <summary>The names that Prometheus' client libraries have for these.</summary>
    private static void ObserveProcess(MetricRegistry registry)
    {
        registry.Observe(
            new MetricDescription("process_cpu_seconds", "CPU time of the process, user and system.", MetricType.Counter, "seconds"),
            [],
            observer => observer.Report(Environment.CpuUsage.TotalTime.TotalSeconds));
        registry.Observe(
            new MetricDescription("process_resident_memory_bytes", "Resident memory of the process.", MetricType.Gauge, "bytes"),
            [],
            observer => observer.Report(Environment.WorkingSet));
        registry.Observe(
            new MetricDescription("process_open_fds", "Open file descriptors of the process.", MetricType.Gauge),
            [],
            observer => observer.Report(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count()));
        var started = new DateTimeOffset(Process.GetCurrentProcess().StartTime).ToUnixTimeMilliseconds() / 1000.0;
        registry.Observe(
            new MetricDescription("process_start_time_seconds", "When the process started, in seconds since the epoch.", MetricType.Gauge, "seconds"),
            [],
            observer => observer.Report(started));
    }
}
