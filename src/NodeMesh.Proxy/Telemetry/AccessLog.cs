using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// The access log: event loops hand in filled entries, one thread writes them, a few milliseconds' worth at a time, since to wake it costs
/// more than a line. A loop never waits: when all entries are in use, the line is dropped and counted. Made once at start; disposing it writes
/// out what is queued.
/// </summary>
public sealed class AccessLog : IAsyncDisposable
{
    private const int BatchBytes = 64 * 1024;

    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly ManualResetEventSlim _hurry = new(initialState: false, spinCount: 0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IAccessLogOutput? _output;
    private readonly MeshMetrics _metrics;
    private readonly Series _written;
    private readonly Series _dropped;
    private readonly Series _failed;
    private readonly int _capacity;

    // A stack: the entry used last is in the caches still. Entries are made as they are needed, up to the capacity, and stay.
    private readonly Stack<AccessLogEntry> _free = new();
    private List<AccessLogEntry> _queued = [];
    private int _made;
    private int _reopen;
    private bool _stopping;

    /// <param name="output">Disposed with the log; null when there is to be no log.</param>
    /// <param name="metrics">Where written, dropped and failed entries are counted.</param>
    /// <param name="capacity">How many entries may wait.</param>
    public AccessLog(IAccessLogOutput? output, MeshMetrics metrics, int capacity = 8192)
    {
        _output = output;
        _metrics = metrics;
        _written = metrics.AccessLogs.Resolve("written");
        _dropped = metrics.AccessLogs.Resolve("dropped");
        _failed = metrics.AccessLogs.Resolve("failed");
        _capacity = output is null ? 0 : capacity;
        new Thread(WriteAll) { IsBackground = true, Name = "access log" }.Start();
    }

    /// <summary>An empty entry to fill and <see cref="Write"/>, or null when there is no log, or none is free; that is counted as a drop.</summary>
    /// <param name="shard">The calling thread's.</param>
    public AccessLogEntry? Rent(MetricShard shard)
    {
        if (_output is null)
        {
            return null;
        }

        lock (_gate)
        {
            if (!_stopping && (_free.TryPop(out var entry) || TryMake(out entry)))
            {
                return entry;
            }
        }

        _metrics.AccessLogEntries.Increment(shard, _dropped);
        return null;
    }

    /// <summary>Queues a rented entry. The caller may not touch it again.</summary>
    public void Write(AccessLogEntry entry)
    {
        int count;
        lock (_gate)
        {
            _queued.Add(entry);
            count = _queued.Count;
        }

        if (count == 1)
        {
            _wake.Set();
        }
        else if (count == _capacity / 2)
        {
            _hurry.Set();
        }
    }

    /// <summary>Opens the file's path anew before the next line: call after the file was moved away.</summary>
    public void Reopen() => Volatile.Write(ref _reopen, 1);

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
        }

        _hurry.Set();
        _wake.Set();

        // The events are left to the collector: a loop that rented before the stop may still set them.
        await _ended.Task;
    }

    private bool TryMake([NotNullWhen(true)] out AccessLogEntry? entry)
    {
        entry = _made < _capacity ? new AccessLogEntry() : null;
        _made += entry is null ? 0 : 1;
        return entry is not null;
    }

    private void WriteAll()
    {
        using (_output)
        using (var formatter = new AccessLogFormatter())
        {
            var lines = new ArrayBufferWriter<byte>(BatchBytes + 4096);
            var entries = new List<AccessLogEntry>();
            bool stopping;
            do
            {
                _wake.WaitOne();
                _hurry.Wait(Gathering);
                lock (_gate)
                {
                    (entries, _queued) = (_queued, entries);
                    stopping = _stopping;
                    if (!stopping)
                    {
                        _hurry.Reset();
                    }
                }

                WriteOut(entries, formatter, lines);
            }
            while (!stopping);
        }

        _ended.SetResult();
    }

    private void WriteOut(List<AccessLogEntry> entries, AccessLogFormatter formatter, ArrayBufferWriter<byte> lines)
    {
        if (Interlocked.Exchange(ref _reopen, 0) == 1)
        {
            _output?.Reopen();
        }

        for (var done = 0; done < entries.Count;)
        {
            var first = done;
            lines.ResetWrittenCount();
            for (; done < entries.Count && lines.WrittenCount < BatchBytes; done++)
            {
                formatter.Write(entries[done], lines);
                entries[done].Reset();
            }

            lock (_gate)
            {
                for (var i = first; i < done; i++)
                {
                    _free.Push(entries[i]);
                }
            }

            _metrics.AccessLogEntries.Add(_metrics.Registry.Shared, TryWrite(lines.WrittenSpan) ? _written : _failed, done - first);
        }

        entries.Clear();
    }

    private bool TryWrite(ReadOnlySpan<byte> lines)
    {
        try
        {
            _output?.Write(lines);
            return true;
        }
        catch (IOException)
        {
            // Counted by the caller: a full disk must neither stop the daemon nor fill its own log.
            return false;
        }
    }
}
