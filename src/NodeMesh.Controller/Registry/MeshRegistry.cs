using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using NodeMesh.Controller.Store;
using NodeMesh.Controller.Telemetry;
using NodeMesh.Resources;
using NodeMesh.Resources.Checking;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;
using NodeMesh.Xds;
using NodeMesh.Xds.Catalog;
using ResourceDocument = NodeMesh.Xds.Protocol.ResourceDocument;

namespace NodeMesh.Controller.Registry;

/// <summary>
/// What operators want of the mesh: takes their changes one at a time, whole or not at all, keeps them and hands them to the nodes. Thread-safe;
/// one per controller.
/// </summary>
internal sealed partial class MeshRegistry : IDisposable
{
    private readonly IMeshStore _store;
    private readonly ResourceCatalog _catalog;
    private readonly TrustDomain _trustDomain;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _turn = new(1);
    private volatile MeshView _current;
    private long _storeErrors;

    /// <summary>Takes over what is kept, and offers it to the nodes.</summary>
    /// <exception cref="StoreException">What is kept cannot be read, or is not a mesh to this version.</exception>
    public MeshRegistry(IMeshStore store, ResourceCatalog catalog, TrustDomain trustDomain, ILogger<MeshRegistry> log)
    {
        _store = store;
        _catalog = catalog;
        _trustDomain = trustDomain;
        _log = log;
        var stored = store.Resources();
        var parse = ResourceLoader.Parse(stored.Select(FileOf));
        var check = parse.HasErrors || stored.Count == 0 ? null : CheckedMesh.Empty.Change(parse.Documents, []);
        if (parse.HasErrors || check is { Mesh: null })
        {
            throw new StoreException($"the kept resources are not right to this version: {string.Join("; ", (check?.Issues ?? parse.Issues).AsEnumerable())}");
        }

        _current = new MeshView(store.Newest, check?.Mesh ?? CheckedMesh.Empty, stored.ToImmutableDictionary(resource => resource.Key), ImmutableDictionary<ResourceKey, DateTimeOffset>.Empty);
        foreach (var group in stored.GroupBy(resource => resource.Revision).OrderBy(group => group.Key))
        {
            catalog.Apply(group.Key, group.Select(resource => ChangeOf(resource.Key, resource.Yaml)));
        }

        catalog.Apply(store.Newest, []);
    }

    public MeshView Current => _current;

    /// <summary>How long changes took, those that were refused too.</summary>
    public DurationHistogram Applies { get; } = new();

    /// <summary>How many changes could not be kept.</summary>
    public long StoreErrors => Interlocked.Read(ref _storeErrors);

    /// <exception cref="RevisionConflictException">Somebody changed one of the resources since <see cref="ApplyRequest.Base"/>.</exception>
    /// <exception cref="StoreException">It could not be kept, and is not in force.</exception>
    public async Task<ApplyResult> ApplyAsync(ApplyRequest request)
    {
        await _turn.WaitAsync();
        try
        {
            return Apply(request);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Makes the mesh what it was under a revision, as a new one.</summary>
    /// <exception cref="RevisionGoneException">It is kept no more.</exception>
    /// <exception cref="StoreException">It could not be kept, and is not in force.</exception>
    public async Task<ApplyResult> RollBackAsync(long revision, string author, bool dryRun)
    {
        await _turn.WaitAsync();
        try
        {
            if (revision < _store.Oldest)
            {
                throw new RevisionGoneException(revision, _store.Oldest);
            }

            var since = _store.ChangesSince(revision);
            return Apply(new ApplyRequest
            {
                Author = author,
                Reason = $"roll back to revision {revision}",
                Files = [.. since.Where(change => change.Before is not null).Select(change => FileOf(change.Key, change.Before!.Value))],
                Deleted = [.. since.Where(change => change is { Before: null, After: not null }).Select(change => change.Key)],
                DryRun = dryRun,
            });
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static ResourceFile FileOf(StoredResource resource) => FileOf(resource.Key, resource.Yaml);

    private static ResourceFile FileOf(ResourceKey key, ReadOnlyMemory<byte> yaml) => new(key.ToString(), yaml);

    private static CatalogChange ChangeOf(ResourceKey key, ReadOnlyMemory<byte>? yaml) => new(
        ResourceName.Of(key.Kind, key.Namespace, key.Name),
        yaml is { } bytes ? new ResourceDocument { Yaml = ByteString.CopyFrom(bytes.Span) }.ToByteString() : null);

    private static ResourceIssue Error(string file, ResourceKey? key, string message) => new()
    {
        Severity = IssueSeverity.Error,
        Location = new SourceLocation(file, 0, 0),
        Resource = key,
        Message = message,
    };

    private ApplyResult Apply(ApplyRequest request)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            return Judge(request);
        }
        catch (StoreException)
        {
            Interlocked.Increment(ref _storeErrors);
            throw;
        }
        finally
        {
            Applies.Record(Stopwatch.GetElapsedTime(began));
        }
    }

    private ApplyResult Judge(ApplyRequest request)
    {
        var parse = ResourceLoader.Parse(request.Files);
        if (parse.HasErrors)
        {
            return ApplyResult.Refused([.. parse.Issues]);
        }

        var before = _current;
        var given = parse.Documents.ToDictionary(document => document.Key);
        var deleted = request.Deleted.Where(key => !request.IgnoreMissing || before.Stored.ContainsKey(key)).Concat(Pruned(request.Prune, before, given)).Where(key => !given.ContainsKey(key)).ToHashSet();
        if (deleted.FirstOrDefault(key => !before.Stored.ContainsKey(key)) is { Kind: not null } missing)
        {
            return ApplyResult.Refused([Error("delete", missing, "there is no such resource")]);
        }

        var changes = given.Values.Select(after => new ResourceChange(after.Key, before.Find(after.Key), after.Resource))
            .Concat(deleted.Select(key => new ResourceChange(key, before.Find(key), null)))
            .OrderBy(change => change.Key, ResourceKey.Order)
            .ToList();
        CheckBase(request.Base, changes, before);

        // The mesh as it would be, with the operator's own lines for what is new.
        var check = before.Mesh.Change(parse.Documents, deleted);
        if (check.Mesh is not { } mesh)
        {
            return ApplyResult.Refused([.. check.Issues], changes);
        }

        if (mesh.Config is { } config && config.TrustDomain != _trustDomain)
        {
            return ApplyResult.Refused(
                [Error(mesh.DocumentOf(config.Key)!.File.Name, config.Key, $"spec.trustDomain: {config.TrustDomain} is not the controller's trust domain; write {_trustDomain}")],
                changes);
        }

        var real = changes.Where(change => change.Action != ChangeAction.Unchanged).ToList();
        var doubts = PlacementChecks.Check(real.Where(change => change.After is Workload).Select(change => given[change.Key]), _store);
        var revision = request.DryRun || real.Count == 0 ? null : Keep(request, real, before);
        return new ApplyResult(revision, changes, [.. check.Issues, .. doubts]);
    }

    private Revision Keep(ApplyRequest request, List<ResourceChange> changes, MeshView before)
    {
        var kept = changes.ConvertAll(change => new RevisionChange(
            change.Key,
            before.Stored.GetValueOrDefault(change.Key)?.Yaml,
            change.After is { } after ? Encoding.UTF8.GetBytes(ResourceWriter.ToYaml([after])) : default(ReadOnlyMemory<byte>?)));
        var revision = _store.Commit(request.Author, request.Reason, kept);

        // It is kept: from here on it is in force.
        var stored = before.Stored.ToBuilder();
        foreach (var change in kept)
        {
            if (change.After is { } yaml)
            {
                stored[change.Key] = new StoredResource(change.Key, revision.Number, revision.At, yaml);
            }
            else
            {
                stored.Remove(change.Key);
            }
        }

        // Read as it is kept: what is found out about it later points there, not into a file of the operator.
        var documents = ResourceLoader.Parse(kept.Where(change => change.After is not null).Select(change => FileOf(stored[change.Key]))).Documents;
        var mesh = before.Mesh.Change(documents, [.. kept.Where(change => change.After is null).Select(change => change.Key)]).Mesh!;
        var refsSince = before.RefsSince.SetItems(mesh.DoubtedOtherwiseThan(before.Mesh).Select(key => KeyValuePair.Create(key, revision.At)));
        _current = new MeshView(revision.Number, mesh, stored.ToImmutable(), refsSince.RemoveRange(kept.Select(change => change.Key)));
        _catalog.Apply(revision.Number, kept.Select(change => ChangeOf(change.Key, change.After)));
        LogApplied(revision.Number, revision.Author, changes.Count);
        return revision;
    }

    private static IEnumerable<ResourceKey> Pruned(Labels? labels, MeshView before, Dictionary<ResourceKey, MeshDocument> given) => labels is null
        ? []
        : before.Mesh.All.Where(resource => !given.ContainsKey(resource.Key) && resource.Metadata.Labels.Match(labels)).Select(resource => resource.Key);

    private static void CheckBase(long? seen, List<ResourceChange> changes, MeshView before)
    {
        if (seen is null)
        {
            return;
        }

        foreach (var change in changes)
        {
            if (before.Stored.TryGetValue(change.Key, out var stored) && stored.Revision > seen)
            {
                throw new RevisionConflictException(
                    $"{change.Key} was changed by revision {stored.Revision}, and revision {seen} is what you have seen; look again, and apply anew");
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Revision {Revision} by {Author} is in force: {Changes} resources changed")]
    private partial void LogApplied(long revision, string author, int changes);
}
