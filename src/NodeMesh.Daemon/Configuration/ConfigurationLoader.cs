using System.ComponentModel;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Files;
using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Logging;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Configuration;

/// <summary>
/// Keeps the configuration in force the same as the resources of a directory or a controller, all or nothing: an error among them changes nothing. One
/// per daemon, used by the directory's watcher or the controller's stream, SIGHUP and the admin API; one load at a time, on the thread pool.
/// </summary>
internal sealed partial class ConfigurationLoader : IDisposable
{
    // To read a large mesh takes several times the memory that it is kept in. The first time nothing is carried yet, and nobody minds the pause.
    private const int ManyResources = 1_000;

    private readonly IResourceSource _source;
    private readonly Func<ResourceSet, MeshSnapshot?, Func<string, uint?>, MeshSnapshot> _compile;
    private readonly Func<string, uint?> _findUser;
    private readonly Action<MeshSnapshot> _apply;
    private readonly MeshMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SerialLoad<ConfigurationLoad> _loading;
    private readonly MeshReader _reader = new();
    private volatile ConfigurationState _state = ConfigurationState.Empty;
    private IReadOnlyList<ResourceFile>? _seen;
    private string? _seenProblem;
    private Dictionary<string, uint?> _users = [];

    /// <param name="source">Where the resources are.</param>
    /// <param name="compile">Makes the snapshot of the resources, the snapshot in force, and a look-up of users.</param>
    /// <param name="findUser">Looks a user name up on this machine; null when there is none.</param>
    /// <param name="apply">Puts a snapshot in force.</param>
    public ConfigurationLoader(
        IResourceSource source,
        Func<ResourceSet, MeshSnapshot?, Func<string, uint?>, MeshSnapshot> compile,
        Func<string, uint?> findUser,
        Action<MeshSnapshot> apply,
        MeshMetrics metrics,
        TimeProvider time,
        ILogger<ConfigurationLoader> log)
    {
        _source = source;
        _compile = compile;
        _findUser = findUser;
        _apply = apply;
        _metrics = metrics;
        _time = time;
        _log = log;
        _loading = new SerialLoad<ConfigurationLoad>(Load);
    }

    public ConfigurationState State => _state;

    /// <summary>Where the resources come from, for people.</summary>
    public string Source => _source.Name;

    /// <summary>
    /// Looks at the files and puts them in force if they are new and right, or if the users they name are others by now. Never throws for
    /// what the files hold.
    /// </summary>
    public Task<ConfigurationLoad> LoadAsync() => _loading.RunAsync();

    public void Dispose() => _loading.Dispose();

    private ConfigurationLoad Load()
    {
        var read = TryRead(out var files);
        var problem = read?.Issues[0].Message;
        if (IsSeen(files, problem) && (_state.Rejected is not null || !UsersChanged()))
        {
            return new ConfigurationLoad(_state, Changed: false);
        }

        (_seen, _seenProblem) = (files, problem);
        var load = read ?? _reader.Load(files);
        if (load.Set is null)
        {
            return Reject([.. load.Errors]);
        }

        return Accept(load.Set, [.. load.Warnings]);
    }

    private ConfigurationLoad Accept(ResourceSet set, ResourceIssue[] warnings)
    {
        MeshSnapshot snapshot;
        var users = new Dictionary<string, uint?>(StringComparer.Ordinal);
        try
        {
            snapshot = _compile(set, _state.Snapshot, name => users[name] = _findUser(name));
            if (_state.Snapshot is null && set.Count > ManyResources)
            {
                ManagedMemory.Release();
            }

            _apply(snapshot);
        }
        catch (Exception e)
        {
            // A fault of the daemon, not of the files: seen again, they are tried again.
            _seen = null;
            LogFailed(_log, _state.Revision, e);
            return Reject([Failure($"a failure inside the daemon, see its log: {e.Message}")]);
        }

        _users = users;
        var said = _state.FileWarnings.Select(w => w.ToString()).Concat(_state.Snapshot?.Warnings ?? []).ToHashSet(StringComparer.Ordinal);
        _state = new ConfigurationState { Snapshot = snapshot, LoadedAt = _time.GetUtcNow(), FileWarnings = warnings };
        Count("accepted");
        foreach (var warning in warnings.Select(w => w.ToString()).Concat(snapshot.Warnings).Where(warning => !said.Contains(warning)))
        {
            LogWarning(_log, warning);
        }

        var resources = Counted.Text(set.Count, "resource");
        var services = Counted.Text(snapshot.ServiceCount, "service");
        var workloads = Counted.Text(snapshot.Workloads.Count, "workload");
        LogApplied(_log, snapshot.Revision, resources, services, workloads);
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

        var places = Counted.Text(errors.Count, "place");
        if (_state.Snapshot is null)
        {
            LogRejectedFirst(_log, _source.Name, places);
        }
        else
        {
            LogRejected(_log, _source.Name, places, _state.Revision);
        }

        return new ConfigurationLoad(_state, Changed: false);
    }

    /// <summary>A user who was added to the machine since, or got another number, changes who is which workload.</summary>
    private bool UsersChanged()
    {
        try
        {
            return _users.Any(user => _findUser(user.Key) != user.Value);
        }
        catch (Win32Exception)
        {
            // The database failed: putting the resources in force again meets the same failure, and reports it.
            return true;
        }
    }

    /// <summary>The files; or, where they cannot be read, the load that says so.</summary>
    private ResourceLoad? TryRead(out IReadOnlyList<ResourceFile> files)
    {
        try
        {
            files = _source.Read();
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
        Location = new SourceLocation(_source.Name, 0, 0),
        Message = message,
    };

    /// <summary>An event without a change does nothing and says nothing.</summary>
    private bool IsSeen(IReadOnlyList<ResourceFile> files, string? problem) =>
        _seen is not null
        && string.Equals(_seenProblem, problem, StringComparison.Ordinal)
        && _seen.Count == files.Count
        && _seen.Zip(files).All(pair => ReferenceEquals(pair.First, pair.Second) || IsSame(pair.First, pair.Second));

    private static bool IsSame(ResourceFile left, ResourceFile right) =>
        string.Equals(left.Name, right.Name, StringComparison.Ordinal) && left.Content.Span.SequenceEqual(right.Content.Span);

    private void Count(string result) =>
        _metrics.ConfigurationLoads.Increment(_metrics.Registry.Shared, _metrics.Configurations.Resolve(result));
}
