using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using NodeMesh.Controller.Distribution;
using NodeMesh.Controller.Health;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Registry;

namespace NodeMesh.Controller.Telemetry;

/// <summary>
/// Answers for the metrics address, with the text format of Prometheus and nothing else: no API is there, since nobody proves there who he is.
/// Thread-safe; one per controller.
/// </summary>
internal sealed class ControllerMetrics(MeshRegistry mesh, NodeRegistry nodes, NodeSessions sessions, NodeLeases leases, string version)
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public Task HandleAsync(HttpContext context)
    {
        if (!context.Request.Path.Equals("/metrics", StringComparison.Ordinal) || !HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("there is GET /metrics\n", context.RequestAborted);
        }

        context.Response.ContentType = ContentType;
        return context.Response.WriteAsync(Text(), context.RequestAborted);
    }

    public string Text()
    {
        var text = new StringBuilder();
        var view = mesh.Current;
        Write(text, "nodemesh_controller_build_info", "The version of the program.", "gauge", ($"{{version=\"{version}\"}}", 1));
        Write(text, "nodemesh_controller_revision", "The newest revision.", "gauge", ("", view.Revision));
        Write(text, "nodemesh_controller_resources", "Resources in force.", "gauge", ("", view.Stored.Count));
        Write(text, "nodemesh_controller_connected_nodes", "Nodes that receive changes now.", "gauge", ("", sessions.Count));
        Write(text, "nodemesh_controller_current_nodes", "Connected nodes that have the newest revision in force.", "gauge", ("", sessions.All.Count(session => session.Acknowledged >= view.Revision)));
        Write(text, "nodemesh_controller_gone_nodes", "Nodes that were not heard of for their lease, and evicted ones.", "gauge", ("", leases.Gone));
        Write(text, "nodemesh_controller_cordoned_nodes", "Nodes from which new traffic is kept.", "gauge", ("", leases.Cordoned));
        Write(text, "nodemesh_controller_unhealthy_ports", "Ports of workloads that their nodes report not to serve.", "gauge", ("", leases.Unhealthy));
        Write(text, "nodemesh_controller_pushes_total", "Responses of delta xDS that were sent.", "counter", ByType(sessions.Pushes));
        Write(text, "nodemesh_controller_nacks_total", "Responses that nodes refused.", "counter", ByType(sessions.Nacks));
        Write(text, "nodemesh_controller_signed_certificates_total", "Certificates that were signed for nodes and workloads.", "counter", ("", nodes.Signed));
        Write(
            text,
            "nodemesh_controller_refusals_total",
            "Requests of nodes and operators that were refused.",
            "counter",
            [.. nodes.Refusals.Counts.OrderBy(entry => entry.Key).Select(entry => ($"{{reason=\"{entry.Key}\"}}", (double)entry.Value))]);
        Write(text, "nodemesh_controller_store_errors_total", "Changes that could not be kept.", "counter", ("", mesh.StoreErrors));
        WriteHistogram(text, "nodemesh_controller_apply_duration_seconds", "From an apply to its revision, or its refusal.", mesh.Applies);
        Write(text, "process_resident_memory_bytes", "Resident memory of the process.", "gauge", ("", Environment.WorkingSet));
        Write(text, "process_cpu_seconds_total", "CPU time of the process, user and system.", "counter", ("", Environment.CpuUsage.TotalTime.TotalSeconds));
        return text.ToString();
    }

    private static (string Labels, double Value)[] ByType(IEnumerable<KeyValuePair<string, long>> counts) =>
        [.. counts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => ($"{{type=\"{entry.Key[(entry.Key.LastIndexOf('.') + 1)..]}\"}}", (double)entry.Value))];

    private static void Write(StringBuilder text, string name, string help, string type, params ReadOnlySpan<(string Labels, double Value)> samples)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
        foreach (var (labels, value) in samples)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}\n");
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, string help, DurationHistogram histogram)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} histogram\n");
        long[] counts = [.. histogram.Cumulative()];
        for (var i = 0; i < counts.Length; i++)
        {
            var bound = i < DurationHistogram.Bounds.Count ? DurationHistogram.Bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{bound}\"}} {counts[i]}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{name}_sum {histogram.Seconds}\n{name}_count {counts[^1]}\n");
    }
}
