using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Files;

/// <summary>
/// Tells when something in a directory changed: by inotify, with a pause so that several files written together are one change, and by
/// looking every few seconds, for events that were lost, network file systems, and directories that come later. One per directory, on the
/// thread pool, from <see cref="Start"/> to disposal. The callback runs for one change at a time.
/// </summary>
internal sealed partial class DirectoryWatcher : IAsyncDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DefaultPollInterval = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly Func<Task> _changed;
    private readonly TimeSpan _pollInterval;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<bool> _events = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private FileSystemWatcher? _inotify;
    private Task _running = Task.CompletedTask;
    private string? _watched;
    private bool _complained;
    private int _stamp;

    /// <param name="changed">May be called when nothing changed after all.</param>
    /// <param name="pollInterval">How often to look; null for every five seconds.</param>
    public DirectoryWatcher(string path, Func<Task> changed, TimeProvider time, ILogger log, TimeSpan? pollInterval = null)
    {
        _path = path;
        _changed = changed;
        _time = time;
        _log = log;
        _pollInterval = pollInterval ?? DefaultPollInterval;
    }

    public string Path => _path;

    /// <summary>Begins to watch; a change between the caller's first look and now is noticed at the first poll at the latest.</summary>
    /// <param name="seen">The stamp of the directory as the caller has seen it.</param>
    public void Start(int seen)
    {
        _stamp = seen;
        Watch();
        _running = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _inotify?.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var signalled = await WaitAsync(_pollInterval);
            if (signalled)
            {
                await PauseAsync();
            }

            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            Watch();
            var stamp = DirectoryStamp.Of(_path);
            if (signalled || stamp != _stamp)
            {
                _stamp = stamp;
                if (!signalled)
                {
                    // inotify missed it: the directory may be another one of the same name.
                    _watched = null;
                    Watch();
                }

                await HandleAsync();
            }
        }
    }

    /// <summary>Waits until nothing happened for a moment, but not for ever.</summary>
    private async Task PauseAsync()
    {
        var started = _time.GetTimestamp();
        while (await WaitAsync(Quiet) && _time.GetElapsedTime(started) < LongestPause)
        {
            // Another file of the same change.
        }
    }

    private async Task HandleAsync()
    {
        try
        {
            await _changed();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(_log, _path, e);
        }
    }

    /// <summary>True when an event came within the time.</summary>
    private async Task<bool> WaitAsync(TimeSpan time)
    {
        using var timeout = new CancellationTokenSource(time, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        try
        {
            await _events.Reader.ReadAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Sets up inotify unless that is done; a directory that does not exist yet, or no longer, is tried again at the next poll.</summary>
    private void Watch()
    {
        var target = Resolve();
        if (_inotify is not null && string.Equals(target, _watched, StringComparison.Ordinal))
        {
            return;
        }

        _inotify?.Dispose();
        _inotify = null;
        _watched = target;
        if (target is null)
        {
            return;
        }

        var watcher = new FileSystemWatcher(_path)
        {
            IncludeSubdirectories = true,

            // Attributes too: a private key whose permissions were set right becomes usable.
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.Attributes,
        };
        watcher.Created += (_, _) => Signal();
        watcher.Changed += (_, _) => Signal();
        watcher.Deleted += (_, _) => Signal();
        watcher.Renamed += (_, _) => Signal();
        watcher.Error += (_, e) => Lose(e.GetException());
        try
        {
            watcher.EnableRaisingEvents = true;
            _inotify = watcher;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            watcher.Dispose();
            Complain(e);
        }
    }

    /// <summary>Where the path leads; null when there is no directory. A link that leads elsewhere now is watched anew.</summary>
    private string? Resolve()
    {
        try
        {
            return Directory.Exists(_path) ? new DirectoryInfo(_path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? _path : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void Signal() => _events.Writer.TryWrite(true);

    private void Lose(Exception exception)
    {
        Complain(exception);
        Signal();
    }

    private void Complain(Exception exception)
    {
        if (!_complained)
        {
            _complained = true;
            LogNotWatched(_log, _path, exception.Message, _pollInterval);
        }
    }
}
