using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Microbench.Benchmarks;

/// <summary>The event loop itself.</summary>
[MemoryDiagnoser]
public class LoopBenchmarks
{
    private readonly SendOrPostCallback _done;
    private EventLoop? _loop;
    private volatile bool _isDone;

    public LoopBenchmarks() => _done = _ => _isDone = true;

    [GlobalSetup]
    public void Start() => _loop = new EventLoop(0, TimeProvider.System, NullLogger.Instance);

    [GlobalCleanup]
    public void Stop() => _loop!.Dispose();

    [Benchmark(Description = "a turn of the loop for work from another thread: woken, done, seen")]
    public void Turn()
    {
        _isDone = false;
        _loop!.Post(_done, null);
        while (!_isDone)
        {
            Thread.Yield();
        }
    }
}
