using System.IO.Pipelines;

namespace NodeMesh.Transport.Loops;

/// <summary>Runs pipeline continuations on a loop, for stock <see cref="Pipe"/>s that end there.</summary>
internal sealed class LoopScheduler(EventLoop loop) : PipeScheduler
{
    public override void Schedule(Action<object?> action, object? state) => loop.Post(new SendOrPostCallback(action), state);
}
