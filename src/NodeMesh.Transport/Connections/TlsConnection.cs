using Microsoft.AspNetCore.Connections;
using NodeMesh.Linux.Polling;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Connections;

/// <summary>
/// A connection under TLS: the session reads and writes the socket, the reader and writer stand on the session. Nothing can be read or
/// written before <see cref="HandshakeAsync"/> has ended well. Owns the session.
/// </summary>
public sealed class TlsConnection(EventLoop loop, SocketDescriptor socket, IpEndpoint peer, TlsSession session) : LoopConnection(loop, socket, peer)
{
    /// <summary>OpenSSL takes a retried write only if it is at least as long as the first try; one record at a time keeps to that.</summary>
    private const int MaxRecord = 16 * 1024;

    /// <summary>How long a refused peer has to take our alert in before the connection is closed over it.</summary>
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(1);

    private HandshakeWait? _handshake;
    private LingerDeadline? _linger;

    /// <summary>Who is at the other end and how it was proven.</summary>
    public TlsSession Session => session;

    protected internal override bool HasPendingInput => !IsClosed && session.HasPending;

    /// <summary>Attaches to the loop and shakes hands. Null when it went well, else why not, and the connection is closed.</summary>
    public ValueTask<TlsFailure?> HandshakeAsync(TimeSpan timeout)
    {
        _handshake = new HandshakeWait(this);
        Attach();
        Loop.Arm(_handshake.Deadline, timeout);
        var wait = _handshake.Wait();
        Continue();
        return wait;
    }

    protected internal override IoResult Receive(Span<byte> buffer)
    {
        var count = session.Read(buffer, out var status);
        return count > 0 ? new IoResult(count) : Translate(status);
    }

    protected internal override IoResult Send(ReadOnlySpan<byte> bytes)
    {
        var count = session.Write(bytes.Length > MaxRecord ? bytes[..MaxRecord] : bytes, out var status);
        return count > 0 ? new IoResult(count) : Translate(status);
    }

    protected internal override IoResult Send(PooledBuffer head) => Send(head.Unread);

    protected internal override void ShutdownSend()
    {
        // A close_notify that does not fit is not worth waiting for: the peer then sees a truncated stream, which is what a full socket means.
        _ = session.Shutdown();
        Socket.ShutdownSend();
    }

    protected internal override Exception CreateFailure(IoResult result) =>
        new ConnectionResetException(session.Failure is { } failure ? failure.ToString() : result.Describe());

    protected override void OnReady(PollEvents events)
    {
        if (_handshake is not null)
        {
            Continue();
        }
        else if (_linger is not null)
        {
            Discard();
        }
        else
        {
            base.OnReady(events);
        }
    }

    protected override void Release()
    {
        if (_handshake is not null)
        {
            EndHandshake(new TlsFailure(TlsFailureCode.ConnectionLost, "the connection was closed during the handshake"));
        }

        if (_linger is not null)
        {
            Loop.Disarm(_linger);
        }

        session.Dispose();
    }

    private static IoResult Translate(TlsStatus status) => status switch
    {
        TlsStatus.WantRead => IoResult.WantRead,
        TlsStatus.WantWrite => IoResult.WantWrite,
        TlsStatus.Closed => new IoResult(0),
        TlsStatus.Truncated => IoResult.Truncated,
        _ => IoResult.TlsFailure,
    };

    private void Continue()
    {
        switch (session.Handshake())
        {
            case TlsStatus.Done:
                Arm(PollEvents.Writable, wanted: false);
                Arm(PollEvents.Readable);

                // Bytes that came with the last handshake message wait above the socket, where no readiness tells of them.
                if (session.HasPending)
                {
                    NoteReadable();
                }

                EndHandshake(null);
                break;
            case TlsStatus.WantRead:
                Arm(PollEvents.Writable, wanted: false);
                Arm(PollEvents.Readable);
                break;
            case TlsStatus.WantWrite:
                Arm(PollEvents.Readable, wanted: false);
                Arm(PollEvents.Writable);
                break;
            default:
                Refuse(session.Failure ?? new TlsFailure(TlsFailureCode.Internal, "the handshake failed without a reason"));
                break;
        }
    }

    private void Refuse(TlsFailure failure)
    {
        // The peer may have sent more than was read; closing over it would reset the connection, and the reset could overtake our alert.
        _linger = new LingerDeadline(this);
        Loop.Arm(_linger, LingerTime);
        Arm(PollEvents.Writable, wanted: false);
        Arm(PollEvents.Readable);
        Socket.ShutdownSend();
        EndHandshake(failure);
    }

    private void Discard()
    {
        // One receive per wake-up: level-triggered readiness tells of more, and a peer that never stops cannot hold the loop.
        Span<byte> scratch = stackalloc byte[16 * 1024];
        var received = IoResult.FromReceive(Socket.Receive(scratch));
        if (received.Value <= 0 && received != IoResult.WantRead)
        {
            Close(new ConnectionAbortedException("the refused peer has left"), reset: false);
        }
    }

    private void EndHandshake(TlsFailure? failure)
    {
        var wait = _handshake!;
        _handshake = null;
        Loop.Disarm(wait.Deadline);
        wait.Complete(failure);
    }

    private sealed class HandshakeWait : LoopAwaitable<TlsFailure?>
    {
        private TlsFailure? _failure;

        public HandshakeWait(TlsConnection connection) => Deadline = new HandshakeDeadline(connection);

        public HandshakeDeadline Deadline { get; }

        public void Complete(TlsFailure? failure)
        {
            _failure = failure;
            Wake();
        }

        protected override TlsFailure? TakeResult() => _failure;
    }

    private sealed class LingerDeadline(TlsConnection connection) : LoopTimer
    {
        protected internal override void OnExpired() =>
            connection.Close(new ConnectionAbortedException("the refused peer has not left"), reset: false);
    }

    private sealed class HandshakeDeadline(TlsConnection connection) : LoopTimer
    {
        protected internal override void OnExpired() =>
            connection.Refuse(new TlsFailure(TlsFailureCode.Timeout, "the handshake took too long"));
    }
}
