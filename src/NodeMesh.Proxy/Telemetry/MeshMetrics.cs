using NodeMesh.Http.Http1;
using NodeMesh.Proxy.Requests;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// Every metric that the node daemon counts, declared in one place. Made once at start; handles are resolved per connection or at start,
/// and events add to them through the shard of the thread they happen on. What is merely looked at (endpoint health, certificate expiry,
/// configuration, buffers) is declared in <see cref="ObservedMetrics"/> and read at the scrape.
/// </summary>
public sealed class MeshMetrics
{
    public MeshMetrics(MetricRegistry registry)
    {
        Registry = registry;

        Connections = registry.Table(
            "reporter",
            "source_workload",
            "source_workload_namespace",
            "source_principal",
            "destination_workload",
            "destination_workload_namespace",
            "destination_principal",
            "destination_service",
            "request_protocol",
            "connection_security_policy");
        ConnectionsOpened = Connections.Counter("nodemesh_tcp_connections_opened", "TCP connections opened.");
        ConnectionsClosed = Connections.Counter("nodemesh_tcp_connections_closed", "TCP connections closed.");
        SentBytes = Connections.Counter(
            "nodemesh_tcp_sent_bytes", "Bytes sent to the client of TCP connections, counted as they flow.", "bytes");
        ReceivedBytes = Connections.Counter(
            "nodemesh_tcp_received_bytes", "Bytes received from the client of TCP connections, counted as they flow.", "bytes");

        ServiceTimes = registry.Table("reporter", "destination_service");
        ConnectionDuration = ServiceTimes.Histogram(
            "nodemesh_tcp_connection_duration_seconds", "How long TCP connections lived, from accept to close.");
        ConnectDuration = ServiceTimes.Histogram(
            "nodemesh_tcp_connect_duration_seconds", "From accepting a connection to having an established upstream.");
        ConnectRetries = ServiceTimes.Counter(
            "nodemesh_tcp_connect_retries", "Connects that failed and were tried again on another endpoint.");

        Refusals = registry.Table("reporter", "refusal", "destination_service");
        ConnectionsRefused = Refusals.Counter("nodemesh_tcp_connections_refused", "TCP connections refused or cut, by refusal code.");

        RequestsRefused = Refusals.Counter("nodemesh_requests_refused", "HTTP requests refused or cut, by refusal code.");

        Requests = registry.Table(
            "reporter",
            "source_workload",
            "source_workload_namespace",
            "source_principal",
            "destination_workload",
            "destination_workload_namespace",
            "destination_principal",
            "destination_service",
            "route",
            "request_protocol",
            "response_code",
            "grpc_response_status",
            "response_flags",
            "connection_security_policy");
        RequestsTotal = Requests.Counter("nodemesh_requests", "HTTP requests that ended, by outcome; code 0 is no answer.");

        // Each row of a histogram is dozens of lines: what tells fewer rows apart than the counter is left out.
        RequestTimes = registry.Table(
            "reporter",
            "source_workload",
            "source_workload_namespace",
            "destination_workload",
            "destination_workload_namespace",
            "destination_service",
            "route",
            "request_protocol",
            "response_code");
        RequestDuration = RequestTimes.Histogram(
            "nodemesh_request_duration_seconds", "HTTP requests from their first byte to the last of the response.");
        RequestSize = RequestTimes.Sizes("nodemesh_request_size_bytes", "Bodies of HTTP requests.");
        ResponseSize = RequestTimes.Sizes("nodemesh_response_size_bytes", "Bodies of HTTP responses.");

        RequestServices = registry.Table("reporter", "destination_service");
        RequestsInFlight = RequestServices.Gauge("nodemesh_requests_in_flight", "HTTP requests that have begun and not ended.");
        RequestRetries = RequestServices.Counter("nodemesh_request_retries", "HTTP requests that were tried again.");
        RequestRetriesOverBudget = RequestServices.Counter(
            "nodemesh_request_retries_over_budget", "HTTP requests that were not tried again because the retry budget was used up.");

        Pools = registry.Table("destination_service");
        PoolConnections = Pools.Gauge("nodemesh_upstream_connections", "Open HTTP connections to the endpoints of a service.");
        PoolIdle = Pools.Gauge("nodemesh_upstream_connections_idle", "Open HTTP connections that carry no request.");
        PoolPending = Pools.Gauge("nodemesh_upstream_requests_pending", "HTTP requests that wait for a connection or a free stream.");
        PoolConnectionsOpened = Pools.Counter("nodemesh_upstream_connections_opened", "HTTP connections opened to the endpoints of a service.");

        PoolLimits = registry.Table("destination_service", "limit");
        PoolOverflows = PoolLimits.Counter("nodemesh_upstream_overflows", "HTTP requests refused because a limit of the service was reached.");

        Floods = registry.FixedTable("kind");
        HttpFloods = Floods.Counter("nodemesh_http_floods", "Connections closed because the peer flooded them, by kind.");

        ProtocolErrors = registry.FixedTable("reason", "smuggling");
        HttpProtocolErrors = ProtocolErrors.Counter(
            "nodemesh_http_protocol_errors", "HTTP messages that broke the protocol, by reason, and by the kind of smuggling they look like.");

        StreamErrors = registry.FixedTable("reason");
        HttpStreamErrors = StreamErrors.Counter(
            "nodemesh_http_stream_errors", "HTTP/2 streams refused or reset because the peer broke a rule or a limit, by reason.");

        LostPeers = registry.FixedTable("reason");
        Http2ConnectionsGivenUp = LostPeers.Counter(
            "nodemesh_http2_connections_given_up",
            "HTTP/2 connections closed because the peer went silent, by reason (no_answer, no_read, no_settings, no_close).");

        Policies = registry.Table("policy", "action", "mode", "verdict");
        PolicyDecisions = Policies.Counter(
            "nodemesh_authorization_decisions", "Decisions of authorization policies; mode dry-run is counted but not enforced.");

        Attestations = registry.FixedTable("result");
        AttestationResults = Attestations.Counter(
            "nodemesh_attestations", "Local connections attributed to a process, by result: matched, unmatched, unknown, error.");
        AttestationDuration = Attestations.Histogram(
            "nodemesh_attestation_duration_seconds", "From an accepted local connection to its workload.");

        Handshakes = registry.FixedTable("role", "result");
        HandshakeResults = Handshakes.Counter(
            "nodemesh_tls_handshakes", "TLS handshakes by role (client, server) and result (full, resumed, failed).");
        HandshakeDuration = Handshakes.Histogram("nodemesh_tls_handshake_duration_seconds", "TLS handshakes from first to last byte.");

        MeshLinks = registry.FixedTable("direction");
        LinksOpen = MeshLinks.Gauge("nodemesh_mesh_links_open", "Open mesh links by direction (outbound, inbound).");
        LinksOpened = MeshLinks.Counter("nodemesh_mesh_links_opened", "Mesh links established.");
        LinksClosed = MeshLinks.Counter("nodemesh_mesh_links_closed", "Mesh links closed.");
        LinkStreams = MeshLinks.Gauge("nodemesh_mesh_link_streams_open", "Open streams on mesh links.");
        LinkWaiters = MeshLinks.Gauge("nodemesh_mesh_link_waiters", "Connections waiting for a mesh link or a free stream.");

        Dns = registry.FixedTable("transport", "outcome");
        DnsQueries = Dns.Counter(
            "nodemesh_dns_queries", "DNS messages by transport (udp, tcp) and outcome (answered, forwarded, refused, failed, malformed).");
        DnsDuration = Dns.Histogram("nodemesh_dns_query_duration_seconds", "From reading a DNS message to its response, upstream servers included.");

        HealthProbes = registry.Table("workload", "result");
        HealthProbeResults = HealthProbes.Counter(
            "nodemesh_health_probes", "Active health checks of local workloads by result (success, failure, timeout).");
        Ejections = registry.Table("service");
        EndpointEjections = Ejections.Counter(
            "nodemesh_endpoint_ejections", "Endpoints taken out of balancing after consecutive connect failures.");

        Configurations = registry.FixedTable("result");
        ConfigurationLoads = Configurations.Counter(
            "nodemesh_configuration_loads", "Configuration loads by result (accepted, rejected).");

        AccessLogs = registry.FixedTable("result");
        AccessLogEntries = AccessLogs.Counter(
            "nodemesh_access_log_entries", "Access log entries by result (written, dropped as the queue was full, failed to be written).");

        Loops = registry.FixedTable("loop");
        LoopLag = Loops.Histogram("nodemesh_loop_lag_seconds", "How long ready work waited for an event loop's turn.");
    }

    public MetricRegistry Registry { get; }

    public SeriesTable Connections { get; }

    public CounterColumn ConnectionsOpened { get; }

    public CounterColumn ConnectionsClosed { get; }

    public CounterColumn SentBytes { get; }

    public CounterColumn ReceivedBytes { get; }

    public SeriesTable ServiceTimes { get; }

    public HistogramColumn ConnectionDuration { get; }

    public HistogramColumn ConnectDuration { get; }

    public CounterColumn ConnectRetries { get; }

    public SeriesTable Refusals { get; }

    public CounterColumn ConnectionsRefused { get; }

    public CounterColumn RequestsRefused { get; }

    public SeriesTable Requests { get; }

    public CounterColumn RequestsTotal { get; }

    public SeriesTable RequestTimes { get; }

    public HistogramColumn RequestDuration { get; }

    public SizeColumn RequestSize { get; }

    public SizeColumn ResponseSize { get; }

    public SeriesTable RequestServices { get; }

    public GaugeColumn RequestsInFlight { get; }

    public CounterColumn RequestRetries { get; }

    public CounterColumn RequestRetriesOverBudget { get; }

    public SeriesTable Pools { get; }

    public GaugeColumn PoolConnections { get; }

    public GaugeColumn PoolIdle { get; }

    public GaugeColumn PoolPending { get; }

    public CounterColumn PoolConnectionsOpened { get; }

    public SeriesTable PoolLimits { get; }

    public CounterColumn PoolOverflows { get; }

    public SeriesTable Floods { get; }

    public CounterColumn HttpFloods { get; }

    public SeriesTable ProtocolErrors { get; }

    public CounterColumn HttpProtocolErrors { get; }

    public SeriesTable StreamErrors { get; }

    public CounterColumn HttpStreamErrors { get; }

    public SeriesTable LostPeers { get; }

    public CounterColumn Http2ConnectionsGivenUp { get; }

    public SeriesTable Policies { get; }

    public CounterColumn PolicyDecisions { get; }

    public SeriesTable Attestations { get; }

    public CounterColumn AttestationResults { get; }

    public HistogramColumn AttestationDuration { get; }

    public SeriesTable Handshakes { get; }

    public CounterColumn HandshakeResults { get; }

    public HistogramColumn HandshakeDuration { get; }

    public SeriesTable MeshLinks { get; }

    public GaugeColumn LinksOpen { get; }

    public CounterColumn LinksOpened { get; }

    public CounterColumn LinksClosed { get; }

    public GaugeColumn LinkStreams { get; }

    public GaugeColumn LinkWaiters { get; }

    public SeriesTable Dns { get; }

    public CounterColumn DnsQueries { get; }

    public HistogramColumn DnsDuration { get; }

    public SeriesTable HealthProbes { get; }

    public CounterColumn HealthProbeResults { get; }

    public SeriesTable Ejections { get; }

    public CounterColumn EndpointEjections { get; }

    public SeriesTable Configurations { get; }

    public CounterColumn ConfigurationLoads { get; }

    public SeriesTable AccessLogs { get; }

    public CounterColumn AccessLogEntries { get; }

    public SeriesTable Loops { get; }

    public HistogramColumn LoopLag { get; }

    /// <summary>The traffic metrics of a connection: resolve once, add until it closes.</summary>
    public Series Connection(in ConnectionLabels labels) => Connections.Resolve(
        labels.Reporter,
        labels.Source.Workload,
        labels.Source.Namespace,
        labels.Source.Principal,
        labels.Destination.Workload,
        labels.Destination.Namespace,
        labels.Destination.Principal,
        labels.DestinationService,
        labels.Protocol,
        labels.Security);

    /// <summary>The rows of a request; whoever sends many of a kind remembers them (<see cref="RequestCounters"/>).</summary>
    public RequestSeries Request(in RequestLabels labels, in RequestOutcome outcome) => new(
        Requests.Resolve(
            labels.Reporter,
            labels.Source.Workload,
            labels.Source.Namespace,
            labels.Source.Principal,
            labels.Destination.Workload,
            labels.Destination.Namespace,
            labels.Destination.Principal,
            labels.DestinationService,
            labels.Route,
            labels.Protocol,
            outcome.StatusLabel,
            outcome.GrpcLabel,
            outcome.Flags,
            labels.Security),
        RequestTimes.Resolve(
            labels.Reporter,
            labels.Source.Workload,
            labels.Source.Namespace,
            labels.Destination.Workload,
            labels.Destination.Namespace,
            labels.DestinationService,
            labels.Route,
            labels.Protocol,
            outcome.StatusLabel));

    /// <summary>Counts a message that broke HTTP/1.1, or was as slow as only HTTP/2 can tell.</summary>
    public void ProtocolBroken(MetricShard shard, Http1ErrorKind kind, Http1Smuggling smuggling) =>
        HttpProtocolErrors.Increment(shard, ProtocolErrors.Resolve(HttpCounterNames.Of(kind), HttpCounterNames.Of(smuggling)));

    /// <summary>Counts a refused request.</summary>
    public void RequestRefused(MetricShard shard, string reporter, RefusalCode code, string destinationService) =>
        RequestsRefused.Increment(shard, Refusals.Resolve(reporter, RefusalCodes.Name(code), destinationService));

    /// <summary>Counts a refused connection.</summary>
    public void Refused(MetricShard shard, string reporter, RefusalCode code, string destinationService) =>
        ConnectionsRefused.Increment(shard, Refusals.Resolve(reporter, RefusalCodes.Name(code), destinationService));
}
