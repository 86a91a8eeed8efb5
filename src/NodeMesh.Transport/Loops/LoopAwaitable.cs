using System.Diagnostics;
using System.Threading.Tasks.Sources;

namespace NodeMesh.Transport.Loops;

/// <summary>
/// One waiter on one loop: the reusable source behind a <see cref="ValueTask{TResult}"/>. The continuation runs inline, on the loop, when the
/// result is set; there is no lock, no allocation and no hop. The result is computed when the waiter asks for it.
/// </summary>
public abstract class LoopAwaitable<T> : IValueTaskSource<T>
{
    private static readonly Action<object?> Completed = static _ => Debug.Fail("a completed wait was continued twice");

    private Action<object?>? _continuation;
    private object? _state;
    private short _version;

    /// <summary>True from <see cref="Wait"/> until the waiter has taken its result.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>A task that ends with the next <see cref="Wake"/>.</summary>
    public ValueTask<T> Wait()
    {
        if (IsWaiting)
        {
            throw new InvalidOperationException("the previous wait on this end of the connection has not ended");
        }

        IsWaiting = true;
        _continuation = null;
        return new ValueTask<T>(this, ++_version);
    }

    /// <summary>Ends the wait, and runs the waiter inline if it is already there.</summary>
    public void Wake()
    {
        if (!IsWaiting || ReferenceEquals(_continuation, Completed))
        {
            return;
        }

        var continuation = _continuation;
        _continuation = Completed;
        continuation?.Invoke(_state);
    }

    T IValueTaskSource<T>.GetResult(short token)
    {
        Validate(token);
        if (!ReferenceEquals(_continuation, Completed))
        {
            throw new InvalidOperationException("a result was taken before the wait had ended");
        }

        IsWaiting = false;
        _continuation = null;
        _state = null;
        return TakeResult();
    }

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token)
    {
        Validate(token);
        return ReferenceEquals(_continuation, Completed) ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;
    }

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Validate(token);
        if (ReferenceEquals(_continuation, Completed))
        {
            continuation(state);
            return;
        }

        _state = state;
        _continuation = continuation;
    }

    /// <summary>The result for the waiter, or an exception thrown to it.</summary>
    protected abstract T TakeResult();

    private void Validate(short token)
    {
        if (token != _version)
        {
            throw new InvalidOperationException("a wait was used after it had ended");
        }
    }
}
