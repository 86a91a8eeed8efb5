using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Tests;

/// <summary>One running loop, and the way to run test code on it.</summary>
public sealed class LoopFixture : IDisposable
{
    public EventLoop Loop { get; } = new(0, TimeProvider.System, NullLogger.Instance);

    public Task<T> OnLoop<T>(Func<T> function) => Loop.InvokeAsync(() => new ValueTask<T>(function()));

    public Task<T> OnLoopAsync<T>(Func<ValueTask<T>> function) => Loop.InvokeAsync(function);

    public void Dispose() => Loop.Dispose();
}
