using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Daemon.Telemetry;

/// <summary>What is served on the telemetry address: metrics, liveness, readiness, and nothing else. Thread-safe.</summary>
internal sealed class TelemetryEndpoints
{
    private const string PlainText = "text/plain; charset=utf-8";

    private readonly MetricRegistry _registry;
    private readonly Readiness _readiness;
    private readonly LoopWatch _loops;

    public TelemetryEndpoints(MetricRegistry registry, Readiness readiness, LoopWatch loops)
    {
        _registry = registry;
        _readiness = readiness;
        _loops = loops;
    }

    public Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, "only GET and HEAD are answered here\n");
        }

        return context.Request.Path.Value switch
        {
            "/metrics" => MetricsAsync(context),
            "/healthz" => HealthAsync(context),
            "/readyz" => ReadyAsync(context),
            _ => AnswerAsync(context, StatusCodes.Status404NotFound, "there are /metrics, /healthz and /readyz\n"),
        };
    }

    private Task MetricsAsync(HttpContext context)
    {
        var format = ExpositionFormats.Choose(context.Request.Headers.Accept.ToString());
        var text = new ArrayBufferWriter<byte>(64 * 1024);
        _registry.Write(text, format);
        return AnswerAsync(context, StatusCodes.Status200OK, ExpositionFormats.ContentType(format), text.WrittenMemory);
    }

    private Task HealthAsync(HttpContext context) => _loops.Stuck is { Count: > 0 } stuck
        ? AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, $"event loops do not turn: {string.Join(", ", stuck)}\n")
        : AnswerAsync(context, StatusCodes.Status200OK, "ok\n");

    private Task ReadyAsync(HttpContext context) => _readiness.Reasons() is { Count: > 0 } reasons
        ? AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, string.Concat(reasons.Select(reason => reason + "\n")))
        : AnswerAsync(context, StatusCodes.Status200OK, _readiness.Remark is { } remark ? $"ready\n{remark}\n" : "ready\n");

    private static Task AnswerAsync(HttpContext context, int status, string text) =>
        AnswerAsync(context, status, PlainText, Encoding.UTF8.GetBytes(text));

    private static Task AnswerAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
    }
}
