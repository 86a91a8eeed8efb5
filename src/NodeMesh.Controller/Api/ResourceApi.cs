using System.Text;
using Microsoft.AspNetCore.Http;
using NodeMesh.Controller.Api.Messages;
using NodeMesh.Controller.Distribution;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Store;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Problems;

namespace NodeMesh.Controller.Api;

/// <summary>What operators ask about resources and their history, and change of them. Thread-safe.</summary>
internal sealed class ResourceApi
{
    private const int MaxListed = 100_000;
    private const int MaxApplyBytes = 256 * 1024 * 1024;
    private const int MaxRevisions = 1000;
    private const int DefaultRevisions = 50;

    private readonly MeshRegistry _mesh;
    private readonly NodeSessions _sessions;
    private readonly IMeshStore _store;
    private readonly ResourceWatch _watch;

    public ResourceApi(MeshRegistry mesh, NodeSessions sessions, IMeshStore store, ResourceWatch watch)
    {
        (_mesh, _sessions, _store, _watch) = (mesh, sessions, store, watch);
        Routes =
        [
            ApiRoute.ForOperators(
                HttpMethods.Post, "/v1/apply", OperatorRole.Operator, "Creates, replaces and deletes resources: all of it as one revision, or nothing.", ApplyAsync)
                with { Body = ApiJson.Readable.ApplyMessage, MaxBodyBytes = MaxApplyBytes, Answer = ApiJson.Readable.AppliedMessage },
            ApiRoute.ForOperators(
                HttpMethods.Get, "/v1/resources", OperatorRole.Viewer, "Lists resources in parts; or tells what changes, a JSON document a line.", ListAsync)
                with
                {
                    Parameters =
                    [
                        .. ResourceFilter.Parameters,
                        ApiParameter.Number("limit", $"At most so many, up to {MaxListed}."),
                        ApiParameter.Text("after", "Those behind this place: next of the part before."),
                        ApiParameter.Flag("watch", $"Tells what changes, as {ResourceWatch.ContentType}: each line a Watch; 410 when it has to begin anew."),
                        ApiParameter.Number("revision", "For a watch: the last revision that is known; without it what there is comes first."),
                    ],
                    Answer = ApiJson.Readable.ResourcesMessage,
                    LineType = (ResourceWatch.ContentType, ApiJson.Readable.WatchMessage),
                },
            ApiRoute.ForOperators(HttpMethods.Get, "/v1/revisions", OperatorRole.Viewer, "Lists revisions, newest first.", RevisionsAsync)
                with
                {
                    Parameters = [ApiParameter.Number("before", "Only those older than this one."), ApiParameter.Number("limit", $"At most so many, up to {MaxRevisions} [{DefaultRevisions}].")],
                    Answer = ApiJson.Readable.RevisionsMessage,
                },
            ApiRoute.ForOperators(HttpMethods.Get, "/v1/revisions/{number}", OperatorRole.Viewer, "Tells what a revision changed.", ChangesAsync)
                with { Answer = ApiJson.Readable.RevisionChangesMessage },
            ApiRoute.ForOperators(
                HttpMethods.Post, "/v1/revisions/{number}/rollback", OperatorRole.Operator, "Makes the mesh what it was under a revision, as a new one.", RollBackAsync)
                with { Body = ApiJson.Readable.RollbackMessage, Answer = ApiJson.Readable.AppliedMessage },
        ];
    }

    public IReadOnlyList<ApiRoute> Routes { get; }

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
        if (message.Files?.Contains(null!) == true || message.Delete?.Contains(null!) == true || message.Prune?.Values.Any(value => value is null) == true)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "files, delete and prune have no null in them; see docs/controller.md");
        }

        var result = await _mesh.ApplyAsync(new ApplyRequest
        {
            Author = caller.Name,
            Reason = message.Reason ?? "apply",
            Files = [.. (message.Files ?? []).Select(file => new ResourceFile(file.Name, Encoding.UTF8.GetBytes(file.Content)))],
            Deleted = [.. (message.Delete ?? []).Select(key => key.Key)],
            IgnoreMissing = message.IgnoreMissing,
            Prune = message.Prune is { Count: > 0 } labels ? new Labels(labels) : null,
            Base = message.Base,
            DryRun = message.DryRun,
        });
        await AnswerAsync(request, result, message.DryRun);
    }

    private Task ListAsync(ApiRequest request, Caller caller)
    {
        var filter = ResourceFilter.Of(request);
        var (limit, after, revision) = (request.FindNumber("limit", 1, MaxListed), request.Find("after"), request.FindNumber("revision", 0, long.MaxValue));
        if (request.IsSet("watch"))
        {
            return limit is null && after is null
                ? _watch.RunAsync(request, caller, filter, revision)
                : throw new ApiException(StatusCodes.Status400BadRequest, "a watch does not come in parts: leave limit and after out");
        }

        if (revision is not null)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "the parameter revision is for a watch: add watch=true, or leave it out");
        }

        var (view, place) = (_mesh.Current, after is null ? default(ResourceKey?) : PlaceOf(after));
        var found = view.Mesh.All.Where(
            resource => filter.Matches(resource.Key) && (place is not { } behind || ResourceKey.Compare(resource.Key, behind) > 0));
        var part = found.Take((int)(limit ?? MaxListed) + 1).ToList();
        var hasMore = part.Count > (limit ?? MaxListed);
        var status = new ResourceStatus(view, _sessions);
        var items = part.Take((int)(limit ?? MaxListed)).Select(resource => new ResourceItemMessage(
            view.Stored[resource.Key].Revision, new RawJson(ResourceWriter.ToJson(resource)), status.Of(resource.Key), Text(view.Stored[resource.Key].Yaml)!));
        return request.AnswerAsync(new ResourcesMessage(view.Revision, [.. items], hasMore ? TextOf(part[^2].Key) : null), ApiJson.Readable.ResourcesMessage);
    }

    /// <summary>A place in the order of a list.</summary>
    private static string TextOf(ResourceKey key) => $"{key.Kind}/{key.Namespace}/{key.Name}";

    private static ResourceKey PlaceOf(string text) => text.Split('/') is [var kind, var @namespace, var name]
        ? new ResourceKey(kind, @namespace, name)
        : throw new ApiException(StatusCodes.Status400BadRequest, $"the parameter after is \"{text}\": what next of the part before said is expected");

    private async Task RevisionsAsync(ApiRequest request, Caller caller)
    {
        var limit = (int)(request.FindNumber("limit", 1, MaxRevisions) ?? DefaultRevisions);
        var revisions = _store.Revisions(request.FindNumber("before", 1, long.MaxValue) ?? long.MaxValue, limit);
        var next = revisions.Count == limit && revisions[^1].Number > _store.Oldest ? revisions[^1].Number : (long?)null;
        await request.AnswerAsync(new RevisionsMessage([.. revisions.Select(RevisionMessage.Of)], next), ApiJson.Readable.RevisionsMessage);
    }

    private async Task ChangesAsync(ApiRequest request, Caller caller)
    {
        // Read first: what is kept then was kept whole when it was read.
        var read = _store.Changes(request.NumberPart("number"));
        var number = Existing(request);
        var changes = read.Select(change => MessageOf(
            change.Before is null ? "created" : change.After is null ? "deleted" : "updated", change.Key, Text(change.Before), Text(change.After)));
        await request.AnswerAsync(new RevisionChangesMessage(number, [.. changes]), ApiJson.Readable.RevisionChangesMessage);
    }

    private async Task RollBackAsync(ApiRequest request, Caller caller)
    {
        var number = Existing(request);
        var message = await request.ReadAsync(ApiJson.Readable.RollbackMessage);
        await AnswerAsync(request, await _mesh.RollBackAsync(number, caller.Name, message.DryRun), message.DryRun);
    }

    private long Existing(ApiRequest request)
    {
        var number = request.NumberPart("number");
        return number < 1 || number > _store.Newest
            ? throw new ApiException(StatusCodes.Status404NotFound, $"there is no revision {number}; the newest is {_store.Newest}")
            : number < _store.Oldest
                ? throw new RevisionGoneException(number, _store.Oldest)
                : number;
    }
}
