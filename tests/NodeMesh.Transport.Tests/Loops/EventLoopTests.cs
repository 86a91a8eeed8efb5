using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Linux.Polling;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Transport.Tests.Loops;

public sealed class EventLoopTests
{
    [Fact]
    public async Task Posted_work_runs_once_in_each_threads_order()
    {
        using var fixture = new LoopFixture();
        const int Threads = 4;
        const int PerThread = 50_000;
        var last = new int[Threads];
        var outOfOrder = 0;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var i = 1; i <= PerThread; i++)
            {
                var number = i;
                fixture.Loop.Post(
                    _ =>
                    {
                        outOfOrder += last[thread] == number - 1 ? 0 : 1;
                        last[thread] = number;
                    },
                    null);
            }
        })));

        await Until.TrueAsync(() => last.All(n => Volatile.Read(ref n) == PerThread), "all posted work ran");
        Assert.Equal(0, outOfOrder);
    }

    [Fact]
    public async Task No_wake_up_is_lost_however_the_loop_falls_asleep()
    {
        // Each thread posts only after its last work ran, so that the loop goes to sleep all the time: a lost wake-up ends in the wait below.
        using var fixture = new LoopFixture();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(thread => Task.Factory.StartNew(
            () =>
            {
                using var ran = new SemaphoreSlim(0);
                for (var i = 0; i < 20_000; i++)
                {
                    fixture.Loop.Post(static s => ((SemaphoreSlim)s!).Release(), ran);
                    Assert.True(ran.Wait(Until.Patience), $"thread {thread}: wake-up {i} was lost");
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
    }

    [Fact]
    public async Task A_foreign_task_awaited_on_the_loop_continues_on_the_loop()
    {
        using var fixture = new LoopFixture();

        var (before, during, after) = await fixture.OnLoopAsync(async () =>
        {
            var first = fixture.Loop.IsCurrent;
            var elsewhere = await Task.Run(() => fixture.Loop.IsCurrent);
            return (first, elsewhere, fixture.Loop.IsCurrent);
        });

        Assert.True(before);
        Assert.False(during);
        Assert.True(after);
        Assert.False(fixture.Loop.IsCurrent);
    }

    [Fact]
    public async Task Sending_to_a_loop_from_elsewhere_is_refused_instead_of_blocking()
    {
        using var fixture = new LoopFixture();

        Assert.Throws<InvalidOperationException>(() => fixture.Loop.Context.Send(_ => { }, null));
        Assert.True(await fixture.OnLoop(() =>
        {
            var ran = false;
            fixture.Loop.Context.Send(_ => ran = true, null);
            return ran;
        }));
    }

    [Fact]
    public async Task Whatever_throws_on_a_loop_the_loop_goes_on_and_says_so()
    {
        var log = new CountingLogger();
        using var loop = new EventLoop(0, TimeProvider.System, log);
        using var descriptor = new EventDescriptor();
        var late = new ActionTimer(() => { });
        var handler = new ThrowingHandler(loop, descriptor);
        await loop.InvokeAsync(() =>
        {
            handler.Slot = loop.Register(descriptor.Descriptor, PollEvents.Readable, handler);
            loop.Enqueue(new ThrowingItem());
            loop.EnqueueFlush(new ThrowingItem());
            loop.Arm(new ActionTimer(() => throw new InvalidOperationException("timer")), TimeSpan.FromMilliseconds(10));
            loop.Arm(late, TimeSpan.FromMilliseconds(10));
            return new ValueTask<bool>(true);
        });
        loop.Post(_ => throw new InvalidOperationException("posted"), null);
        descriptor.Signal();

        // Handler and its abort, item and its abort, the same for the flush, timer, posted work.
        await Until.TrueAsync(() => log.Errors == 8, "every failure was logged");
        await Until.TrueAsync(() => !late.IsArmed, "the other timer fired");
        Assert.Equal(42, await loop.InvokeAsync(() => new ValueTask<int>(42)));
        Assert.Equal(0, loop.Load);
    }

    [Fact]
    public async Task Work_that_enqueues_itself_for_ever_does_not_keep_the_loop_from_the_rest()
    {
        using var fixture = new LoopFixture();
        var item = new EndlessItem(fixture.Loop);
        await fixture.OnLoop(() =>
        {
            fixture.Loop.Enqueue(item);
            return true;
        });

        var timer = new ActionTimer(() => item.Stop = true);
        await fixture.OnLoop(() =>
        {
            fixture.Loop.Arm(timer, TimeSpan.FromMilliseconds(20));
            return true;
        });

        await Until.TrueAsync(() => item.Stop, "a timer fired beside endless work");
        Assert.True(item.Runs > 1);
    }

    [Fact]
    public async Task An_idle_loop_sleeps()
    {
        using var fixture = new LoopFixture();
        var before = await fixture.OnLoop(() => fixture.Loop.Statistics().Turns);

        var fired = new TaskCompletionSource();
        await fixture.OnLoop(() =>
        {
            fixture.Loop.Arm(new ActionTimer(fired.SetResult), TimeSpan.FromMilliseconds(300));
            return true;
        });
        await fired.Task.WaitAsync(Until.Patience);

        Assert.InRange(fixture.Loop.Statistics().Turns - before, 1, 20);
    }

    [Fact]
    public async Task Work_posted_while_a_loop_stops_runs_or_is_dropped_and_harms_nobody()
    {
        for (var round = 0; round < 200; round++)
        {
            var loop = new EventLoop(0, TimeProvider.System, NullLogger.Instance);
            var ran = 0;
            using var begin = new ManualResetEventSlim();
            var poster = Task.Run(() =>
            {
                begin.Wait();
                for (var i = 0; i < 50; i++)
                {
                    loop.Post(_ => Interlocked.Increment(ref ran), null);
                }
            });
            loop.Post(_ => Interlocked.Increment(ref ran), null);
            begin.Set();
            loop.Dispose();
            await poster.WaitAsync(Until.Patience);
            await loop.Stopped.WaitAsync(Until.Patience);

            Assert.InRange(ran, 1, 51);
            await Assert.ThrowsAsync<ObjectDisposedException>(() => loop.InvokeAsync(() => new ValueTask<int>(1)));
        }
    }

    [Fact]
    public async Task A_failure_on_the_loop_reaches_the_caller()
    {
        using var fixture = new LoopFixture();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => fixture.OnLoop<int>(() => throw new InvalidOperationException("as it was")));

        Assert.Equal("as it was", failure.Message);
    }

    private sealed class ActionTimer(Action action) : LoopTimer
    {
        protected internal override void OnExpired() => action();
    }

    private sealed class ThrowingHandler(EventLoop loop, EventDescriptor descriptor) : IPollHandler, IAbortable
    {
        public int Slot { get; set; }

        public void OnReady(PollEvents events) => throw new InvalidOperationException("handler");

        public void AbortAfterFailure(Exception exception)
        {
            loop.Unregister(Slot, descriptor.Descriptor);
            throw new InvalidOperationException("abort");
        }
    }

    private sealed class ThrowingItem : LoopWorkItem, IAbortable
    {
        public void AbortAfterFailure(Exception exception) => throw new InvalidOperationException("abort");

        protected internal override void Execute() => throw new InvalidOperationException("item");
    }

    private sealed class EndlessItem(EventLoop loop) : LoopWorkItem
    {
        public bool Stop { get; set; }

        public int Runs { get; private set; }

        protected internal override void Execute()
        {
            Runs++;
            if (!Stop)
            {
                loop.Enqueue(this);
            }
        }
    }

    private sealed class CountingLogger : ILogger
    {
        private int _errors;

        public int Errors => Volatile.Read(ref _errors);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Error)
            {
                Interlocked.Increment(ref _errors);
            }
        }
    }
}
