using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Configuration;

/// <summary>
/// Keeps the configuration in force the same as the resource files, all or nothing: files with an error change nothing. One per daemon, used
/// by the directory's watcher, SIGHUP and the admin API; one load at a time, on the thread pool.
/// </summary>
internal sealed partial class ConfigurationLoader : IDisposable
{
    private readonly string _directory;
    private readonly Func<ResourceSet, MeshSnapshot?, MeshSnapshot> _compile;
    private readonly Action<MeshSnapshot> _apply;
    private readonly MeshMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _loading = new(1);
    private volatile ConfigurationState _state = ConfigurationState.Empty;
    private byte[] _seen = [];

    /// <param name="compile">Makes the snapshot of the resources and the snapshot in force.</param>
    /// <param name="apply">Puts a snapshot in force.</param>
    public ConfigurationLoader(
        string directory,
        Func<ResourceSet, MeshSnapshot?, MeshSnapshot> compile,
        Action<MeshSnapshot> apply,
        MeshMetrics metrics,
        TimeProvider time,
        ILogger<ConfigurationLoader> log)
    {
        _directory = directory;
        _compile = compile;
        _apply = apply;
        _metrics = metrics;
        _time = time;
        _log = log;
    }

    public ConfigurationState State => _state;

    /// <summary>Looks at the files and puts them in force if they are new and right. Never throws for what the files hold.</summary>
    public async Task<ConfigurationLoad> LoadAsync()
    {
        await _loading.WaitAsync();
        try
        {
            return Load();
        }
        finally
        {
            _loading.Release();
        }
    }

    public void Dispose() => _loading.Dispose();

    private ConfigurationLoad Load()
    {
        var read = TryRead(out var files);
        var digest = Digest(files, read);
        if (digest.AsSpan().SequenceEqual(_seen))
        {
            return new ConfigurationLoad(_state, Changed: false);
        }

        _seen = digest;
        var load = read ?? ResourceLoader.Load(files);
        if (load.Set is null)
        {
            return Reject([.. load.Errors]);
        }

        return Accept(load.Set, [.. load.Warnings]);
    }

    private ConfigurationLoad Accept(ResourceSet set, ResourceIssue[] warnings)
    {
        MeshSnapshot snapshot;
        try
        {
            snapshot = _compile(set, _state.Snapshot);
            _apply(snapshot);
        }
        catch (Exception e)
        {
            // A fault of the daemon, not of the files: seen again, they are tried again.
            _seen = [];
            LogFailed(_log, _state.Revision, e);
            return Reject([Failure($"a failure inside the daemon, see its log: {e.Message}")]);
        }

        _state = new ConfigurationState { Snapshot = snapshot, LoadedAt = _time.GetUtcNow(), FileWarnings = warnings };
        Count("accepted");
        foreach (var warning in warnings.Select(w => w.ToString()).Concat(snapshot.Warnings))
        {
            LogWarning(_log, warning);
        }

        LogApplied(_log, snapshot.Revision, set.All.Count, snapshot.Services.Count, snapshot.Workloads.Count);
        return new ConfigurationLoad(_state, Changed: true);
    }

    private ConfigurationLoad Reject(IReadOnlyList<ResourceIssue> errors)
    {
        _state = _state with { Rejected = new RejectedConfiguration(_time.GetUtcNow(), errors) };
        Count("rejected");
        foreach (var error in errors)
        {
            LogIssue(_log, error.ToString());
        }

        if (_state.Snapshot is null)
        {
            LogRejectedFirst(_log, _directory, errors.Count);
        }
        else
        {
            LogRejected(_log, _directory, errors.Count, _state.Revision);
        }

        return new ConfigurationLoad(_state, Changed: false);
    }

    /// <summary>The files; or, where they cannot be read, the load that says so.</summary>
    private ResourceLoad? TryRead(out IReadOnlyList<ResourceFile> files)
    {
        try
        {
            files = ResourceDirectory.ReadFiles(_directory);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            files = [];
            return new ResourceLoad(null, [Failure($"it cannot be read: {e.Message}")]);
        }
    }

    private ResourceIssue Failure(string message) => new()
    {
        Severity = IssueSeverity.Error,
        Location = new SourceLocation(_directory, 0, 0),
        Message = message,
    };

    /// <summary>Names what was seen, so that an event without a change does nothing and says nothing.</summary>
    private static byte[] Digest(IReadOnlyList<ResourceFile> files, ResourceLoad? unreadable)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            digest.AppendData(Encoding.UTF8.GetBytes($"{file.Name}\0{file.Content.Length}\0"));
            digest.AppendData(file.Content.Span);
        }

        foreach (var issue in unreadable?.Issues ?? [])
        {
            digest.AppendData(Encoding.UTF8.GetBytes(issue.Message));
        }

        return digest.GetHashAndReset();
    }

    private void Count(string result) =>
        _metrics.ConfigurationLoads.Increment(_metrics.Registry.Shared, _metrics.Configurations.Resolve(result));
}
