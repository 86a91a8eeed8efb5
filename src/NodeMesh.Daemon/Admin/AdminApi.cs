using Microsoft.AspNetCore.Http;
using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.Admin.Reports;
using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Options;
using NodeMesh.Daemon.Wiring;
using NodeMesh.Proxy.Explaining;

namespace NodeMesh.Daemon.Admin;

/// <summary>The requests of docs/admin-api.md, and who answers each.</summary>
internal sealed class AdminApi
{
    private const int DefaultConnections = 1000;
    private const int MaxConnections = 100_000;
    private const int MaxGraceSeconds = 3600;

    private readonly DaemonParts _parts;

    public AdminApi(DaemonParts parts)
    {
        _parts = parts;
        Routes =
        [
            Get("/v1/status", [], _ => AdminAnswer.Of(StatusReport.Of(parts), AdminJson.Readable.StatusMessage)),
            Get("/v1/resources", ["kind", "namespace", "name"], request => AdminAnswer.Of(
                ResourceReport.Of(parts.Configuration.State, request.Find("kind"), request.Find("namespace"), request.Find("name")),
                AdminJson.Readable.ResourcesMessage)),
            Get("/v1/services", ["namespace", "name"], request => AdminAnswer.Of(
                ServiceReport.Of(parts.Configuration.State, request.Find("namespace"), request.Find("name")), AdminJson.Readable.ServicesMessage)),
            Get("/v1/workloads", ["namespace", "name"], request => AdminAnswer.Of(
                WorkloadReport.Of(parts, request.Find("namespace"), request.Find("name")), AdminJson.Readable.WorkloadsMessage)),
            Get("/v1/endpoints", ["service"], request => AdminAnswer.Of(
                EndpointReport.Of(parts.Configuration.State, request.Find("service")), AdminJson.Readable.EndpointsMessage)),
            Get("/v1/certificates", [], _ => AdminAnswer.Of(CertificateReport.Of(parts), AdminJson.Readable.CertificatesMessage)),
            Get("/v1/explain", ["source", "destination", "port", "method", "path", "host", "header"], Explain),
            Get("/v1/log-level", [], _ => LogLevel()),
            Get("/v1/readiness", [], _ => Readiness()),
            new AdminRoute(HttpMethods.Get, "/v1/connections", ["limit"], ConnectionsAsync),
            new AdminRoute(HttpMethods.Put, "/v1/log-level", [], SetLogLevelAsync),
            new AdminRoute(HttpMethods.Post, "/v1/reload", [], async _ => ReloadReport.Of(await parts.ReloadAsync(), parts)),
            new AdminRoute(HttpMethods.Post, "/v1/drain", ["graceSeconds"], request => Task.FromResult(Drain(request))),
            new AdminRoute(HttpMethods.Post, "/v1/collect-garbage", [], _ => Task.FromResult(CollectGarbage())),
        ];
    }

    public IReadOnlyList<AdminRoute> Routes { get; }

    private static AdminRoute Get(string path, IReadOnlyList<string> parameters, Func<AdminRequest, AdminAnswer> handle) =>
        new(HttpMethods.Get, path, parameters, request => Task.FromResult(handle(request)));

    /// <summary>Tells memory that is held from memory that the runtime has not looked at yet; every thread waits meanwhile.</summary>
    private static AdminAnswer CollectGarbage()
    {
        ManagedMemory.Release();
        var memory = GC.GetGCMemoryInfo(GCKind.Any);
        return AdminAnswer.Of(
            new MemoryMessage
            {
                HeapBytes = memory.HeapSizeBytes - memory.FragmentedBytes,
                CommittedBytes = memory.TotalCommittedBytes,
                ResidentBytes = Environment.WorkingSet,
            },
            AdminJson.Readable.MemoryMessage);
    }

    private async Task<AdminAnswer> ConnectionsAsync(AdminRequest request)
    {
        var limit = request.FindNumber("limit", 1, MaxConnections) ?? DefaultConnections;
        return AdminAnswer.Of(
            ConnectionReport.Of(await _parts.DataPath.Proxy.ListConnectionsAsync(), limit), AdminJson.Readable.ConnectionsMessage);
    }

    private AdminAnswer Explain(AdminRequest request)
    {
        var query = new ExplainQuery(
            request.Get("source", "namespace/name of a workload, a SPIFFE ID, or unknown for a process that no Workload claims"),
            request.Get("destination", "an IP address, a DNS name, or namespace/name of a service"),
            (ushort)(request.FindNumber("port", 1, ushort.MaxValue)
                ?? throw new AdminException(StatusCodes.Status400BadRequest, "the parameter port is missing: the port that the client names")),
            ExplainedRequestParameters.Find(request));
        try
        {
            return AdminAnswer.Of(ExplanationReport.Of(query, _parts.DataPath.Proxy.Explain(query)), AdminJson.Readable.ExplanationMessage);
        }
        catch (ExplainException e)
        {
            throw new AdminException(StatusCodes.Status404NotFound, e.Message);
        }
    }

    private AdminAnswer LogLevel() =>
        AdminAnswer.Of(new LogLevelMessage { Level = OptionsSchema.LevelName(_parts.LogLevel.Level) }, AdminJson.Readable.LogLevelMessage);

    private async Task<AdminAnswer> SetLogLevelAsync(AdminRequest request)
    {
        const string Expected = "{\"level\": \"debug\"}";
        var message = await request.ReadAsync(AdminJson.Readable.LogLevelMessage, Expected);
        if (!OptionsSchema.Level.TryParse(message.Level, out var level))
        {
            throw new AdminException(StatusCodes.Status400BadRequest, $"level is \"{message.Level}\"; expected is {OptionsSchema.Level.Expected}");
        }

        _parts.LogLevel.Level = level;
        return LogLevel();
    }

    private AdminAnswer Drain(AdminRequest request)
    {
        var grace = request.FindNumber("graceSeconds", 0, MaxGraceSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : _parts.Options.Drain;
        _parts.Shutdown(grace);
        return AdminAnswer.Of(
            new DrainMessage { State = "draining", GraceSeconds = grace.TotalSeconds }, AdminJson.Readable.DrainMessage, StatusCodes.Status202Accepted);
    }

    private AdminAnswer Readiness()
    {
        var reasons = _parts.Readiness.Reasons();
        return AdminAnswer.Of(
            new ReadinessMessage { Ready = reasons.Count == 0, Reasons = reasons, Remark = _parts.Readiness.Remark },
            AdminJson.Readable.ReadinessMessage,
            reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
