using NodeMesh.Transport.Loops;

namespace NodeMesh.Microbench.Allocations;

/// <summary>Reads on a loop's thread how much it has allocated since its start, exactly, and without allocating there itself.</summary>
internal sealed class LoopReading(EventLoop loop)
{
    private long _allocated;
    private volatile bool _done;

    public long Take()
    {
        _done = false;
        loop.Post(static state => ((LoopReading)state!).Read(), this);
        while (!_done)
        {
            Thread.Yield();
        }

        return _allocated;
    }

    private void Read()
    {
        _allocated = GC.GetAllocatedBytesForCurrentThread();
        _done = true;
    }
}
