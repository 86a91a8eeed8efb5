namespace NodeMesh.Proxy.Telemetry;

/// <summary>The metrics that are read at the scrape, from whoever owns the value. Each is given its source once, at start.</summary>
public static class ObservedMetrics
{
    /// <summary>Labels: service, endpoint, state (healthy, unhealthy, ejected). Report 1 for the state an endpoint is in.</summary>
    public static void ObserveEndpoints(this MetricRegistry registry, Action<MetricObserver> observe) => registry.Observe(
        new("nodemesh_endpoint_state", "Health of the endpoints of services; 1 for the state each is in.", MetricType.Gauge),
        ["service", "endpoint", "state"],
        observe);

    /// <summary>Labels: service, endpoint. Report the number of active connections.</summary>
    public static void ObserveEndpointConnections(this MetricRegistry registry, Action<MetricObserver> observe) => registry.Observe(
        new("nodemesh_endpoint_active_connections", "Connections that this node has to an endpoint.", MetricType.Gauge),
        ["service", "endpoint"],
        observe);

    /// <summary>Labels: principal, kind (svid, bundle). Report seconds since the epoch.</summary>
    public static void ObserveCertificates(this MetricRegistry registry, Action<MetricObserver> observe) => registry.Observe(
        new("nodemesh_certificate_expiry_timestamp_seconds", "When a certificate expires, in seconds since the epoch.", MetricType.Gauge, "seconds"),
        ["principal", "kind"],
        observe);

    /// <summary>No labels. Report the number of the revision in force.</summary>
    public static void ObserveConfigurationRevision(this MetricRegistry registry, Action<MetricObserver> observe) => registry.Observe(
        new("nodemesh_configuration_revision", "The revision of the configuration in force.", MetricType.Gauge), [], observe);

    /// <summary>No labels. Report seconds since the configuration in force was loaded.</summary>
    public static void ObserveConfigurationAge(this MetricRegistry registry, Action<MetricObserver> observe) => registry.Observe(
        new("nodemesh_configuration_age_seconds", "How long ago the configuration in force was loaded.", MetricType.Gauge, "seconds"), [], observe);

    /// <summary>No labels. Report how many warnings the configuration in force was compiled with.</summary>
    public static void ObserveConfigurationWarnings(this MetricRegistry registry, Action<MetricObserver> observe) => registry.Observe(
        new("nodemesh_configuration_warnings", "References of the configuration in force that resolve to nothing.", MetricType.Gauge), [], observe);

    /// <summary>Labels: loop. Report the seconds that the loop spent working.</summary>
    public static void ObserveLoopBusyTime(this MetricRegistry registry, Action<MetricObserver> observe) => registry.Observe(
        new("nodemesh_loop_busy_seconds", "Time that an event loop spent working; its rate is the loop's utilisation.", MetricType.Counter, "seconds"),
        ["loop"],
        observe);

    /// <summary>Labels: loop. Report the number of open connections on the loop.</summary>
    public static void ObserveLoopConnections(this MetricRegistry registry, Action<MetricObserver> observe) => registry.Observe(
        new("nodemesh_loop_connections", "Open descriptors on an event loop.", MetricType.Gauge), ["loop"], observe);

    /// <summary>Labels: pool, state (used, free). Report bytes.</summary>
    public static void ObserveBuffers(this MetricRegistry registry, Action<MetricObserver> observe) => registry.Observe(
        new("nodemesh_buffer_bytes", "Memory of the buffer pools.", MetricType.Gauge, "bytes"), ["pool", "state"], observe);

    /// <summary>Labels: version. Report 1.</summary>
    public static void ObserveBuild(this MetricRegistry registry, string version) => registry.Observe(
        new("nodemesh_build_info", "The running version.", MetricType.Gauge), ["version"], observer => observer.Report(1, version));
}
