using System.IO.Pipelines;
using NodeMesh.Linux;
using NodeMesh.Linux.Polling;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Transport.Connections;

/// <summary>The sending end of a <see cref="LoopConnection"/>. Lives and dies with it.</summary>
internal sealed class SocketPipeWriter(LoopConnection connection) : LoopPipeWriter(connection.Loop)
{
    private bool _blocked;
    private bool _blockedOnRead;
    private bool _finished;

    /// <summary>True when the writer was completed and all it wrote is sent, or can never be.</summary>
    public bool IsDone => IsCompleted && (Pending == 0 || Failure is not null);

    /// <summary>Plain sockets can be spliced; what TLS hides cannot.</summary>
    public bool CanSplice => connection is TcpConnection;

    public SocketDescriptor Socket => connection.Socket;

    /// <summary>Ends when the descriptor takes bytes again or never will: for a caller that sends by itself.</summary>
    public ValueTask<FlushResult> WaitWritableAsync()
    {
        _blocked = true;
        connection.Arm(PollEvents.Writable);
        return WaitDrainedAsync();
    }

    /// <summary>A send met the error of a connection that was cut. The kernel tells it once: a receive after it would see an orderly end.</summary>
    public bool WasCut { get; private set; }

    public Exception CreateFailure(int errno) => connection.CreateFailure(new IoResult(errno));

    /// <summary>The descriptor is writable. False when there is nothing to send.</summary>
    public bool OnWritable()
    {
        _blocked = false;
        FlushCore();
        return _blocked && !_blockedOnRead;
    }

    public void OnReadable()
    {
        if (_blockedOnRead)
        {
            _blockedOnRead = false;
            OnWritable();
        }
    }

    public void OnClosed(Exception reason)
    {
        // After an orderly end nothing is lost, so nothing has failed.
        if (!_finished)
        {
            Fail(reason);
        }
    }

    protected override int TrySend(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        while (sent < bytes.Length && !_blocked && !connection.IsClosed)
        {
            var result = connection.Send(bytes[sent..]);
            if (!result.IsSuccess)
            {
                OnNotSent(result);
                break;
            }

            sent += result.Count;
        }

        return sent;
    }

    protected override void FlushCore()
    {
        Sent(0);
        while (Head is not null && !_blocked && !connection.IsClosed)
        {
            var result = connection.Send(Head);
            if (!result.IsSuccess)
            {
                OnNotSent(result);
                return;
            }

            Sent(result.Count);
        }

        if (IsCompleted && Pending == 0 && Failure is null)
        {
            Finish();
        }

        WakeIfDrained();
    }

    protected override void OnCompleted(Exception? exception)
    {
        if (exception is not null)
        {
            connection.Close(new Microsoft.AspNetCore.Connections.ConnectionAbortedException("the writer failed", exception), reset: true);
        }
        else if (Failure is not null)
        {
            connection.CloseIfDone();
        }
        else if (Pending == 0)
        {
            Finish();
        }
        else
        {
            FlushCore();
        }
    }

    private void Finish()
    {
        if (!_finished && !connection.IsClosed)
        {
            _finished = true;
            connection.ShutdownSend();
            connection.CloseIfDone();
        }
    }

    private void OnNotSent(IoResult result)
    {
        if ((result == IoResult.WantWrite || result == IoResult.WantRead) && connection.IsAttached)
        {
            _blocked = true;
            _blockedOnRead = result == IoResult.WantRead;
            connection.Arm(_blockedOnRead ? PollEvents.Readable : PollEvents.Writable);
            return;
        }

        // EPIPE is no cut: the peer's end of stream came before its reset.
        WasCut = result.Value != -Errno.EPIPE;
        Fail(connection.CreateFailure(result));
        if (IsCompleted)
        {
            connection.CloseIfDone();
        }
    }
}
