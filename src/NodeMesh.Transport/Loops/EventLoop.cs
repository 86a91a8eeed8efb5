using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Polling;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Transport.Loops;

/// <summary>
/// One thread with one epoll instance, one timer wheel and one buffer pool, on which connections live from birth to end. Everything on it
/// is single-threaded: only <see cref="Post(SendOrPostCallback, object?)"/>, <see cref="Statistics"/> and <see cref="Dispose"/> may be called from elsewhere. A turn is: wait, dispatch readiness,
/// run queued work, fire timers, flush what was written. An exception from a handler is logged and ends that handler's turn, never the loop.
/// </summary>
public sealed partial class EventLoop : IPollHandler, IDisposable
{
    private const int EventsPerTurn = 512;
    private static readonly TimeSpan DefaultTrimPeriod = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly long _ticksPerMillisecond;
    private readonly Thread _thread;
    private readonly Epoll _epoll = new(EventsPerTurn);
    private readonly EventDescriptor _wake = new();
    private readonly PollTable _table;
    private readonly TimeSpan _trimPeriod;
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimerWheel _timers;
    private LoopWorkQueue _ready;
    private LoopWorkQueue _flushes;
    private int _wakePending;
    private long _turns;
    private long _busyTicks;
    private long _longestTurnTicks;
    private volatile bool _stopping;

    public EventLoop(int index, TimeProvider time, ILogger logger)
        : this(index, time, logger, DefaultTrimPeriod)
    {
    }

    internal EventLoop(int index, TimeProvider time, ILogger logger, TimeSpan trimPeriod)
    {
        _trimPeriod = trimPeriod;
        Index = index;
        _time = time;
        _logger = logger;
        _table = new PollTable(_epoll);
        _ticksPerMillisecond = time.TimestampFrequency / 1000;
        NowMilliseconds = ReadClock();
        _timers = new TimerWheel(NowMilliseconds);
        Scheduler = new LoopScheduler(this);
        Context = new LoopSynchronizationContext(this);
        _epoll.Add(_wake.Descriptor, PollEvents.Readable, ulong.MaxValue);
        _thread = new Thread(Run) { IsBackground = true, Name = $"loop {index}" };
        _thread.Start();
    }

    /// <summary>The loop's number, from 0: also the index of its metrics shard.</summary>
    public int Index { get; }

    /// <summary>A monotonic clock, read once per turn.</summary>
    public long NowMilliseconds { get; private set; }

    public BufferPool Buffers { get; } = new();

    public PipeScheduler Scheduler { get; }

    public SynchronizationContext Context { get; }

    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Ends when the loop's thread has ended.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>How many connections this loop carries; what a listener goes by to hand a long-lived link to the least loaded loop.</summary>
    public int Load => _table.Count;

    /// <summary>Runs <paramref name="callback"/> on the loop in its next turn. From any thread.</summary>
    public void Post(SendOrPostCallback callback, object? state)
    {
        _posted.Enqueue((callback, state));
        if (!IsCurrent)
        {
            Wake();
        }
    }

    /// <summary>Runs an asynchronous function on the loop and hands its result to the caller's own context. From any thread.</summary>
    /// <exception cref="ObjectDisposedException">The loop ended before the function did.</exception>
    public async Task<T> InvokeAsync<T>(Func<ValueTask<T>> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(_ => _ = RunAsync(), null);
        await Task.WhenAny(done.Task, Stopped).ConfigureAwait(false);
        return done.Task.IsCompleted ? await done.Task.ConfigureAwait(false) : throw new ObjectDisposedException($"event loop {Index}");

        async Task RunAsync()
        {
            try
            {
                done.SetResult(await function());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        }
    }

    /// <summary>Runs <paramref name="item"/> later in this turn, after all readiness was dispatched. On the loop only.</summary>
    public void Enqueue(LoopWorkItem item)
    {
        AssertCurrent();
        _ready.Enqueue(item);
    }

    /// <summary>Runs <paramref name="item"/> at the end of this turn, when all that is going to be written in it was. On the loop only.</summary>
    public void EnqueueFlush(LoopWorkItem item)
    {
        AssertCurrent();
        _flushes.Enqueue(item);
    }

    public void Arm(LoopTimer timer, TimeSpan delay)
    {
        AssertCurrent();
        _timers.Arm(timer, NowMilliseconds, delay);
    }

    public void Disarm(LoopTimer timer)
    {
        AssertCurrent();
        _timers.Disarm(timer);
    }

    /// <summary>Registers a descriptor; the returned slot names it in <see cref="Modify"/> and <see cref="Unregister"/>.</summary>
    public int Register(int fd, PollEvents events, IPollHandler handler)
    {
        AssertCurrent();
        return _table.Add(fd, events, handler);
    }

    /// <summary>Hands a registered descriptor to another handler, as a finished connect does.</summary>
    public void Replace(int slot, IPollHandler handler) => _table.Replace(slot, handler);

    public void Modify(int slot, int fd, PollEvents events) => _table.Modify(slot, fd, events);

    /// <summary>Takes a descriptor out of epoll. Must come before its close: a duplicate elsewhere would keep it registered for ever.</summary>
    public void Unregister(int slot, int fd)
    {
        AssertCurrent();
        _table.Remove(slot, fd);
    }

    public LoopStatistics Statistics() => new(
        Volatile.Read(ref _turns),
        _time.GetElapsedTime(0, Volatile.Read(ref _busyTicks)),
        _time.GetElapsedTime(0, Interlocked.Exchange(ref _longestTurnTicks, 0)),
        _table.Count,
        _timers.Count,
        Buffers.Rented,
        Buffers.Idle);

    /// <summary>
    /// Stops the loop and waits for its thread. Connections must have been closed before. What was posted before still runs, what is posted later never does.
    /// </summary>
    public void Dispose()
    {
        _stopping = true;
        Wake();

        if (!IsCurrent)
        {
            _thread.Join();
        }
    }

    /// <summary>Something was posted; the queue itself is emptied in every turn.</summary>
    void IPollHandler.OnReady(PollEvents events)
    {
        _wake.Drain();

        // Before the queue is read: whoever posts from here on signals again.
        Interlocked.Exchange(ref _wakePending, 0);
    }

    private void Run()
    {
        SynchronizationContext.SetSynchronizationContext(Context);

        // Nothing on a loop has async locals; without the flow a continuation is called straight, not through an execution context.
        ExecutionContext.SuppressFlow();
        try
        {
            var trimmed = NowMilliseconds;
            var ended = _time.GetTimestamp();
            while (!_stopping)
            {
                var events = _epoll.Wait(_ready.IsEmpty && _flushes.IsEmpty && _posted.IsEmpty ? MillisecondsToNext(trimmed, ToMilliseconds(ended)) : 0);
                var begun = _time.GetTimestamp();
                NowMilliseconds = ToMilliseconds(begun);
                Dispatch(events);
                RunPosted();
                RunQueue(ref _ready);
                FireTimers();
                RunQueue(ref _ready);
                RunQueue(ref _flushes);
                if (NowMilliseconds - trimmed >= _trimPeriod.TotalMilliseconds)
                {
                    trimmed = NowMilliseconds;
                    Buffers.Trim();
                }

                ended = _time.GetTimestamp();
                Account(ended - begun);
            }

            RunPosted();
        }
        catch (Exception exception)
        {
            // Without its loop the daemon would hold connections that nobody serves: end at once and let systemd start afresh.
            LogLoopFailed(exception, Index);
            Environment.FailFast($"event loop {Index} failed", exception);
        }
        finally
        {
            EndWakes();
            _epoll.Dispose();
            _wake.Dispose();
            _stopped.SetResult();
        }
    }

    private void Dispatch(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var events = _epoll.Get(i, out var token);
            var handler = token == ulong.MaxValue ? this : _table.Find(token);
            if (handler is null)
            {
                continue;
            }

            try
            {
                handler.OnReady(events);
            }
            catch (Exception exception)
            {
                EndFailed(handler, exception);
            }
        }
    }

    private void RunPosted()
    {
        // Only what was there at the beginning: work that posts itself again must not keep the loop from its connections.
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var work); left--)
        {
            try
            {
                work.Callback(work.State);
            }
            catch (Exception exception)
            {
                LogHandlerFailed(exception, Index);
            }
        }
    }

    private void RunQueue(ref LoopWorkQueue queue)
    {
        // What is enqueued meanwhile waits for the next turn, so that a busy pair cannot keep the loop from the others.
        for (var left = queue.Count; left > 0 && queue.Dequeue() is { } item; left--)
        {
            try
            {
                item.Execute();
            }
            catch (Exception exception)
            {
                EndFailed(item, exception);
            }
        }
    }

    private void FireTimers()
    {
        for (var done = false; !done;)
        {
            try
            {
                _timers.Advance(NowMilliseconds);
                done = true;
            }
            catch (Exception exception)
            {
                // The others must not be late because of it.
                LogHandlerFailed(exception, Index);
            }
        }
    }

    private void EndFailed(object handler, Exception exception)
    {
        LogHandlerFailed(exception, Index);
        try
        {
            (handler as IAbortable)?.AbortAfterFailure(exception);
        }
        catch (Exception second)
        {
            LogHandlerFailed(second, Index);
        }
    }

    /// <summary>How long to wait: to the next timer, and while there are idle buffers no longer than until some of them go.</summary>
    private int MillisecondsToNext(long trimmed, long now)
    {
        var timer = _timers.MillisecondsToNext(now);
        if (Buffers.Idle == 0)
        {
            return timer;
        }

        var trim = (int)Math.Max(trimmed + (long)_trimPeriod.TotalMilliseconds - now, 0);
        return timer < 0 ? trim : Math.Min(timer, trim);
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _wakePending, 1) == 0)
        {
            _wake.Signal();
        }
    }

    /// <summary>
    /// Before the eventfd is closed: nobody signals from here on, and a signal under way has arrived. A late one would go to whoever got its number.
    /// </summary>
    private void EndWakes()
    {
        while (Interlocked.Exchange(ref _wakePending, 1) == 1 && !_wake.Drain())
        {
            Thread.Yield();
        }
    }

    private void Account(long spent)
    {
        _turns++;
        _busyTicks += spent;
        if (spent > _longestTurnTicks)
        {
            _longestTurnTicks = spent;
        }
    }

    private long ReadClock() => ToMilliseconds(_time.GetTimestamp());

    private long ToMilliseconds(long timestamp) => timestamp / _ticksPerMillisecond;

    private void AssertCurrent() => Debug.Assert(IsCurrent, "called from another thread than the loop's");

    [LoggerMessage(Level = LogLevel.Critical, Message = "Event loop {Index} failed; the process ends.")]
    private partial void LogLoopFailed(Exception exception, int index);

    [LoggerMessage(Level = LogLevel.Error, Message = "A handler on event loop {Index} failed; its connection is aborted.")]
    private partial void LogHandlerFailed(Exception exception, int index);
}
