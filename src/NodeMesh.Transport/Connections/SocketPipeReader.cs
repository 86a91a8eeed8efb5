using System.Runtime.CompilerServices;
using NodeMesh.Linux.Polling;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Connections;

/// <summary>The receiving end of a <see cref="LoopConnection"/>. Lives and dies with it.</summary>
internal sealed class SocketPipeReader : LoopPipeReader
{
    /// <summary>After so many full buffers in one turn the others on the loop get theirs (128 KiB).</summary>
    private const int FillsPerTurn = 8;

    private readonly LoopConnection _connection;
    private bool _readable;
    private bool _blockedOnWrite;
    private bool _readinessOnly;
    private int _fills;

    // Made when first needed: many readers never are.
    private ResumeItem? _resume;
    private WakeItem? _wake;

    public SocketPipeReader(LoopConnection connection)
        : base(connection.Loop) => _connection = connection;

    public bool IsDone => IsCompleted;

    /// <summary>Plain sockets can be spliced; what TLS hides cannot.</summary>
    public bool CanSplice => _connection is TcpConnection;

    public SocketDescriptor Socket => _connection.Socket;

    /// <summary>The descriptor is readable. False when nobody waits: the readiness is remembered, and need not be told again.</summary>
    public bool OnReadable()
    {
        _readable = true;
        _fills = 0;
        if (!IsWaiting)
        {
            return false;
        }

        if (!TryFill())
        {
            return true;
        }

        if (HasNews && _connection is not TlsConnection)
        {
            // First all that are readable receive, then all send: those at the other end are woken together, and answer together.
            // Whoever reads TLS hands frames to streams, which do the same.
            Loop.Enqueue(_wake ??= new WakeItem(this));
        }
        else
        {
            Wake();
        }

        return true;
    }

    public void OnWritable()
    {
        if (_blockedOnWrite)
        {
            _blockedOnWrite = false;
            OnReadable();
        }
    }

    /// <summary>Ends in a later turn, when the descriptor is readable: for a caller that receives by itself.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WaitReadableAsync()
    {
        _readable = false;
        _readinessOnly = true;
        if (!_connection.IsAttached)
        {
            // Out of epoll nothing tells of readiness; both halves have ended, so every receive gives something at once.
            Loop.Enqueue(_resume ??= new ResumeItem(this));
        }

        await ReadAsync();
        _readinessOnly = false;
    }

    public Exception CreateFailure(int errno) => _connection.CreateFailure(new IoResult(errno));

    public void OnClosed(Exception reason)
    {
        End(reason);
        Wake();
    }

    protected override bool TryFill()
    {
        if (!_readable || _connection.IsClosed)
        {
            return false;
        }

        if (_readinessOnly)
        {
            return true;
        }

        if (_fills == FillsPerTurn)
        {
            Loop.Enqueue(_resume ??= new ResumeItem(this));
            return false;
        }

        var room = GetReceiveMemory(_connection.ReceiveSize).Span;
        var result = _connection.Receive(room);
        if (result.Value > 0)
        {
            _fills++;

            // A short receive emptied the socket; level-triggered readiness tells of more.
            _readable = result.Count == room.Length || _connection.HasPendingInput || !_connection.IsAttached;
            Received(result.Count);
            return true;
        }

        Received(0);
        if (result.Value == 0)
        {
            End(((SocketPipeWriter)_connection.Output) is { WasCut: true } output ? output.Failure : null);
            return true;
        }

        if ((result != IoResult.WantRead && result != IoResult.WantWrite) || !_connection.IsAttached)
        {
            End(_connection.CreateFailure(result));
            return true;
        }

        _readable = false;
        _blockedOnWrite = result == IoResult.WantWrite;
        return false;
    }

    protected override void OnWaiting() => _connection.Arm(_blockedOnWrite ? PollEvents.Writable : PollEvents.Readable);

    protected override void OnCompleted(Exception? exception) => _connection.CloseIfDone();

    /// <summary>Goes on in the next turn, because bytes may wait above the socket where no readiness tells of them.</summary>
    private sealed class ResumeItem(SocketPipeReader reader) : LoopWorkItem
    {
        protected internal override void Execute()
        {
            if (!reader._connection.IsClosed)
            {
                reader.OnReadable();
            }
        }
    }

    /// <summary>Lets the waiting reader take what was received earlier in this turn, unless it was woken and took it meanwhile.</summary>
    private sealed class WakeItem(SocketPipeReader reader) : LoopWorkItem
    {
        protected internal override void Execute()
        {
            if (reader.HasNews)
            {
                reader.Wake();
            }
        }
    }
}
