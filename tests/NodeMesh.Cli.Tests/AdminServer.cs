using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NodeMesh.Cli.Tests;

/// <summary>Answers at a unix socket as docs/admin-api.md says nodemeshd does, and keeps what it was asked.</summary>
public sealed class AdminServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<string, (int Status, string Body)> _answers = new(StringComparer.Ordinal);

    private AdminServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Socket));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        foreach (var path in new[] { "status", "resources", "services", "workloads", "endpoints", "certificates", "connections", "explain" })
        {
            Set($"GET /v1/{path}", DocumentedApi.Answer($"GET /v1/{path}"));
        }

        Set("GET /v1/resources", Samples.Resources);
    }

    public string Socket => _directory["admin.sock"];

    /// <summary>Method, path and query of each request, and its body when there is one.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Released once for each request.</summary>
    public SemaphoreSlim Asked { get; } = new(0);

    public static async Task<AdminServer> StartAsync()
    {
        var server = new AdminServer();
        await server._app.StartAsync();
        return server;
    }

    public JsonNode this[string route]
    {
        get => JsonNode.Parse(_answers[route].Body)!;
        set => Set(route, value);
    }

    public void Set(string route, JsonNode body, int status = 200) => _answers[route] = (status, body.ToJsonString());

    public void Set(string route, string body, int status = 200) => _answers[route] = (status, body);

    /// <summary>Runs nodemeshctl against this server.</summary>
    public Task<CtlRun> RunAsync(params string[] args) => Ctl.RunAsync([.. args, "--socket", Socket], input: "");

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Asked.Dispose();
        _directory.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}{(body.Length == 0 ? "" : " " + body)}");
        Asked.Release();
        if (!_answers.TryGetValue($"{context.Request.Method} {context.Request.Path}", out var answer))
        {
            context.Response.StatusCode = 404;
            return;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.Status >= 400 ? "application/problem+json" : "application/json";
        await context.Response.WriteAsync(answer.Status == 200 ? Chosen(answer.Body, context.Request.Query) : answer.Body);
    }

    /// <summary>The answer with those items only that the parameters ask for.</summary>
    private static string Chosen(string body, IQueryCollection query)
    {
        var wanted = new[] { "kind", "namespace", "name", "service" }.Where(query.ContainsKey).ToArray();
        if (wanted.Length == 0 || JsonNode.Parse(body) is not JsonObject answer || answer["items"] is not JsonArray items)
        {
            return body;
        }

        bool IsChosen(JsonNode? item) => wanted.All(name =>
            string.Equals((string?)(item![name] ?? item["metadata"]?[name]), query[name], name is "kind" ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal));
        answer["items"] = new JsonArray([.. items.Where(IsChosen).Select(item => item!.DeepClone())]);
        return answer.ToJsonString();
    }
}
