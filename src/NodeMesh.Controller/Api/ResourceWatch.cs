using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NodeMesh.Controller.Api.Messages;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Serving;
using NodeMesh.Controller.Store;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;
using NodeMesh.Xds.Catalog;

namespace NodeMesh.Controller.Api;

/// <summary>
/// Tells callers what changes, as it does, a JSON document a line. Nothing is queued for anybody: each reads revisions from the store at its own pace, and one
/// that falls too far behind is told to begin anew. One for all callers; thread-safe.
/// </summary>
internal sealed class ResourceWatch(MeshRegistry mesh, ResourceCatalog catalog, IMeshStore store, TimeProvider time)
{
    public const string ContentType = "application/jsonl";

    /// <summary>More operators than a mesh has, and few enough that each costs nothing to speak of.</summary>
    private const int MaxWatches = 256;

    /// <summary>Revisions that are told one by one; who has missed more is quicker with a new list.</summary>
    private const int MaxBehind = 1000;

    /// <summary>Without a change the newest revision is told again: what lies between keeps the connection, and who is gone is noticed.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Then the caller watches anew from where it is, under a role that it has then.</summary>
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(1);

    private int _watches;

    /// <param name="since">The last revision that the caller knows; null for one who knows nothing, and is told first what there is.</param>
    /// <exception cref="ApiException">What came after <paramref name="since"/> cannot be told, or there are too many already.</exception>
    public async Task RunAsync(ApiRequest request, Caller caller, ResourceFilter filter, long? since)
    {
        if (Interlocked.Increment(ref _watches) > MaxWatches)
        {
            Interlocked.Decrement(ref _watches);
            throw new ApiException(StatusCodes.Status429TooManyRequests, $"{MaxWatches} are watching already; try again later");
        }

        // Who is let in by a certificate is let in until that ends, or the operators are others.
        var left = request.Context.Features.Get<PeerIdentity>()?.NotAfter - time.GetUtcNow() ?? MaxLifetime;
        using var end = new CancellationTokenSource(left < MaxLifetime ? left : MaxLifetime, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(end.Token, request.Context.RequestAborted, caller.Replaced);
        try
        {
            await TellAsync(request.Context.Response, filter, since, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The caller has gone, its certificate has ended, or it may be no operator any more.
        }
        finally
        {
            Interlocked.Decrement(ref _watches);
        }
    }

    private async Task TellAsync(HttpResponse response, ResourceFilter filter, long? since, CancellationToken cancellation)
    {
        var revision = since is { } known ? Checked(known) : 0;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (since is null)
        {
            var view = mesh.Current;
            foreach (var stored in view.Stored.Values.Where(stored => filter.Matches(stored.Key)).OrderBy(stored => stored.Key, Comparer<ResourceKey>.Create(ResourceKey.Compare)))
            {
                await WriteAsync(response.BodyWriter, MessageOf(stored.Revision, "present", stored.Key, stored.Yaml), cancellation);
            }

            revision = view.Revision;
        }

        await WriteAsync(response.BodyWriter, new WatchMessage(revision), cancellation);
        while (true)
        {
            // The signal comes first: what is committed after it was taken ends it.
            var changed = catalog.Changed;
            if (mesh.Current.Revision is var newest && newest > revision)
            {
                revision = Checked(revision) + 1;
                var changes = store.Changes(revision);

                // It may have gone from the history while it was read.
                Checked(revision - 1);
                foreach (var change in changes.Where(change => filter.Matches(change.Key)))
                {
                    var action = change.Before is null ? "created" : change.After is null ? "deleted" : "updated";
                    await WriteAsync(response.BodyWriter, MessageOf(revision, action, change.Key, change.After), cancellation);
                }
            }
            else if (await EndsAsync(changed, cancellation))
            {
                continue;
            }

            await WriteAsync(response.BodyWriter, new WatchMessage(revision), cancellation);
        }
    }

    /// <summary>Whether something has changed before it is time to say that nothing has.</summary>
    private async Task<bool> EndsAsync(Task changed, CancellationToken cancellation)
    {
        try
        {
            await changed.WaitAsync(Heartbeat, time, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private long Checked(long known)
    {
        var newest = mesh.Current.Revision;
        var problem = known > newest ? $"there is no revision {known}, the newest is {newest}"
            : known < newest - MaxBehind ? $"revision {known} is more than {MaxBehind} behind the newest, {newest}"
            : known < store.Oldest - 1 ? $"what came after revision {known} is kept no more; the oldest that is kept is {store.Oldest}"
            : null;
        return problem is null ? known : throw new ApiException(StatusCodes.Status410Gone, $"{problem}; watch anew, without a revision");
    }

    private static WatchMessage MessageOf(long revision, string action, ResourceKey key, ReadOnlyMemory<byte>? yaml) => new(
        revision,
        action,
        key.Kind,
        key.Namespace.Length > 0 ? key.Namespace : null,
        key.Name,
        yaml is { } content && ResourceLoader.Parse([new ResourceFile($"{key}", content)]).Resources is [var resource]
            ? RawJson.InOneLine(ResourceWriter.ToJson(resource))
            : null,
        yaml is { } text ? Encoding.UTF8.GetString(text.Span) : null);

    private static async Task WriteAsync(PipeWriter writer, WatchMessage message, CancellationToken cancellation)
    {
        using (var json = new Utf8JsonWriter(writer))
        {
            JsonSerializer.Serialize(json, message, ApiJson.Readable.WatchMessage);
        }

        writer.Write("\n"u8);
        var written = await writer.FlushAsync(cancellation);
        if (written.IsCompleted)
        {
            throw new OperationCanceledException(cancellation);
        }
    }
}
