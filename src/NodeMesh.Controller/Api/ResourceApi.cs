using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodeMesh.Controller.Api.Messages;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Store;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Controller.Api;

/// <summary>What operators ask about resources and their history, and change of them. Thread-safe.</summary>
internal sealed class ResourceApi(MeshRegistry mesh, IMeshStore store)
{
    private const int MaxListed = 100_000;
    private const int MaxRevisions = 1000;
    private const int DefaultRevisions = 50;

    public void Map(ApiRoutes api, IEndpointRouteBuilder routes)
    {
        api.Map(routes, HttpMethods.Post, "/v1/apply", OperatorRole.Operator, [], ApplyAsync);
        api.Map(routes, HttpMethods.Get, "/v1/resources", OperatorRole.Viewer, ["kind", "namespace", "name", "limit", "after"], ListAsync);
        api.Map(routes, HttpMethods.Get, "/v1/revisions", OperatorRole.Viewer, ["before", "limit"], RevisionsAsync);
        api.Map(routes, HttpMethods.Get, "/v1/revisions/{number}", OperatorRole.Viewer, [], ChangesAsync);
        api.Map(routes, HttpMethods.Post, "/v1/revisions/{number}/rollback", OperatorRole.Operator, [], RollBackAsync);
    }

    private static string? Text(ReadOnlyMemory<byte>? yaml) => yaml is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;

    private static string? Text(Resource? resource) => resource is null ? null : ResourceWriter.ToYaml([resource]);

    private static ChangeMessage MessageOf(string action, ResourceKey key, string? before, string? after) =>
        new(action, key.Kind, key.Namespace.Length > 0 ? key.Namespace : null, key.Name, before, after);

    private static async Task AnswerAsync(ApiRequest request, ApplyResult result, bool dryRun)
    {
        if (result.IsRefused)
        {
            throw new ApiException(
                StatusCodes.Status422UnprocessableEntity, "the resources are not right; nothing was changed", [.. result.Issues.Select(IssueMessage.Of)]);
        }

        var changes = result.Changes.Select(change => MessageOf(
            change.Action.ToString().ToLowerInvariant(), change.Key, dryRun ? Text(change.Before) : null, dryRun ? Text(change.After) : null));
        await request.AnswerAsync(
            new AppliedMessage(result.Revision?.Number, dryRun, [.. changes], [.. result.Issues.Select(IssueMessage.Of)]), ApiJson.Readable.AppliedMessage);
    }

    private async Task ApplyAsync(ApiRequest request, Caller caller)
    {
        var message = await request.ReadAsync(ApiJson.Readable.ApplyMessage);
        var result = await mesh.ApplyAsync(new ApplyRequest
        {
            Author = caller.Name,
            Reason = message.Reason ?? "apply",
            Files = [.. (message.Files ?? []).Select(file => new ResourceFile(file.Name, Encoding.UTF8.GetBytes(file.Content)))],
            Deleted = [.. (message.Delete ?? []).Select(key => key.Key)],
            Prune = message.Prune is { Count: > 0 } labels ? new Labels(labels) : null,
            Base = message.Base,
            DryRun = message.DryRun,
        });
        await AnswerAsync(request, result, message.DryRun);
    }

    private async Task ListAsync(ApiRequest request, Caller caller)
    {
        var (kind, @namespace, name) = (request.Find("kind"), request.Find("namespace"), request.Find("name"));
        var limit = (int)(request.FindNumber("limit", 1, MaxListed) ?? MaxListed);
        var after = request.Find("after");
        var view = mesh.Current;
        var found = (view.Set?.All.AsEnumerable() ?? []).Where(resource =>
            Is(kind, resource.Kind) && Is(@namespace, resource.Namespace) && Is(name, resource.Name)
            && (after is null || string.CompareOrdinal(resource.Key.ToString(), after) > 0));
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, view, [.. found.Take(limit + 1)], limit);
        }

        request.Context.Response.ContentType = "application/json";
        await request.Context.Response.Body.WriteAsync(buffer.WrittenMemory, request.Context.RequestAborted);

        static bool Is(string? wanted, string found) => wanted is null || string.Equals(wanted, found, StringComparison.Ordinal);
    }

    private static void Write(Utf8JsonWriter json, MeshView view, List<Resource> found, int limit)
    {
        json.WriteStartObject();
        json.WriteNumber("revision", view.Revision);
        json.WriteStartArray("items");
        foreach (var resource in found.Take(limit))
        {
            json.WriteStartObject();
            json.WriteNumber("revision", view.Stored[resource.Key].Revision);
            json.WritePropertyName("resource");
            json.WriteRawValue(ResourceWriter.ToJson(resource), skipInputValidation: true);
            json.WriteString("yaml", view.Stored[resource.Key].Yaml.Span);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (found.Count > limit)
        {
            json.WriteString("next", found[limit - 1].Key.ToString());
        }

        json.WriteEndObject();
    }

    private async Task RevisionsAsync(ApiRequest request, Caller caller)
    {
        var limit = (int)(request.FindNumber("limit", 1, MaxRevisions) ?? DefaultRevisions);
        var revisions = store.Revisions(request.FindNumber("before", 1, long.MaxValue) ?? long.MaxValue, limit);
        var next = revisions.Count == limit && revisions[^1].Number > 1 ? revisions[^1].Number : (long?)null;
        await request.AnswerAsync(new RevisionsMessage([.. revisions.Select(RevisionMessage.Of)], next), ApiJson.Readable.RevisionsMessage);
    }

    private async Task ChangesAsync(ApiRequest request, Caller caller)
    {
        var number = Existing(request);
        var changes = store.Changes(number).Select(change => MessageOf(
            change.Before is null ? "created" : change.After is null ? "deleted" : "updated", change.Key, Text(change.Before), Text(change.After)));
        await request.AnswerAsync(new RevisionChangesMessage(number, [.. changes]), ApiJson.Readable.RevisionChangesMessage);
    }

    private async Task RollBackAsync(ApiRequest request, Caller caller)
    {
        var number = Existing(request);
        var message = await request.ReadAsync(ApiJson.Readable.RollbackMessage);
        await AnswerAsync(request, await mesh.RollBackAsync(number, caller.Name, message.DryRun), message.DryRun);
    }

    private long Existing(ApiRequest request)
    {
        var number = request.NumberPart("number");
        return number >= 1 && number <= store.Newest
            ? number
            : throw new ApiException(StatusCodes.Status404NotFound, $"there is no revision {number}; the newest is {store.Newest}");
    }
}
