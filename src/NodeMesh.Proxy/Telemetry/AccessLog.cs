using System.Buffers;
using System.Collections.Concurrent;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// The access log: event loops hand in filled entries, one task on the thread pool writes them. A loop never waits: when all entries are
/// in use, the connection's line is dropped and counted. Made once at start; disposing it writes out what is queued.
/// </summary>
public sealed class AccessLog : IAsyncDisposable
{
    private const int BatchBytes = 64 * 1024;

    private readonly ConcurrentQueue<AccessLogEntry> _free = new();
    private readonly ConcurrentQueue<AccessLogEntry> _queued = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly IAccessLogOutput _output;
    private readonly MeshMetrics _metrics;
    private readonly Series _written;
    private readonly Series _dropped;
    private readonly Series _failed;
    private readonly Task _writer;
    private int _awake;
    private int _reopen;
    private int _stopping;

    /// <param name="output">Disposed with the log.</param>
    /// <param name="metrics">Where written, dropped and failed entries are counted.</param>
    /// <param name="capacity">How many entries may wait.</param>
    public AccessLog(IAccessLogOutput output, MeshMetrics metrics, int capacity = 8192)
    {
        _output = output;
        _metrics = metrics;
        _written = metrics.AccessLogs.Resolve("written");
        _dropped = metrics.AccessLogs.Resolve("dropped");
        _failed = metrics.AccessLogs.Resolve("failed");
        for (var i = 0; i < capacity; i++)
        {
            _free.Enqueue(new AccessLogEntry());
        }

        _writer = Task.Run(WriteAllAsync);
    }

    /// <summary>An empty entry to fill and <see cref="Write"/>, or null when the queue is full; that is counted as a drop.</summary>
    /// <param name="shard">The calling thread's.</param>
    public AccessLogEntry? Rent(MetricShard shard)
    {
        if (Volatile.Read(ref _stopping) == 0 && _free.TryDequeue(out var entry))
        {
            return entry;
        }

        _metrics.AccessLogEntries.Increment(shard, _dropped);
        return null;
    }

    /// <summary>Queues a rented entry. The caller may not touch it again.</summary>
    public void Write(AccessLogEntry entry)
    {
        _queued.Enqueue(entry);
        if (Interlocked.Exchange(ref _awake, 1) == 0)
        {
            _wake.Release();
        }
    }

    /// <summary>Opens the file's path anew before the next line: call after the file was moved away.</summary>
    public void Reopen() => Volatile.Write(ref _reopen, 1);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            _wake.Release();
            await _writer;

            // The semaphore is left to the collector: a loop that rented before the stop may still release it.
            _output.Dispose();
        }
    }

    private async Task WriteAllAsync()
    {
        using var formatter = new AccessLogFormatter();
        var lines = new ArrayBufferWriter<byte>(BatchBytes + 4096);
        while (Volatile.Read(ref _stopping) == 0)
        {
            await _wake.WaitAsync();

            // Cleared before the queue is read: an entry that comes after the last read wakes the writer again.
            Volatile.Write(ref _awake, 0);
            Interlocked.MemoryBarrier();
            Drain(formatter, lines);
        }

        Drain(formatter, lines);
    }

    private void Drain(AccessLogFormatter formatter, ArrayBufferWriter<byte> lines)
    {
        while (!_queued.IsEmpty)
        {
            if (Interlocked.Exchange(ref _reopen, 0) == 1)
            {
                _output.Reopen();
            }

            var count = 0;
            lines.ResetWrittenCount();
            while (lines.WrittenCount < BatchBytes && _queued.TryDequeue(out var entry))
            {
                formatter.Write(entry, lines);
                entry.Reset();
                _free.Enqueue(entry);
                count++;
            }

            _metrics.AccessLogEntries.Add(_metrics.Registry.Shared, TryWrite(lines.WrittenSpan) ? _written : _failed, count);
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> lines)
    {
        try
        {
            _output.Write(lines);
            return true;
        }
        catch (IOException)
        {
            // Counted by the caller: a full disk must neither stop the daemon nor fill its own log.
            return false;
        }
    }
}
