using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using NodeMesh.Linux.Polling;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Connections;

/// <summary>
/// A connection on its loop: a descriptor, a reader and a writer. It closes itself when both ends were completed and all is sent; <see cref="Abort(ConnectionAbortedException)"/>
/// resets it at once. Everything but the properties is for the loop's thread only.
/// </summary>
public abstract class LoopConnection : ConnectionContext, ILoopDuplex, IPollHandler, IAbortable
{
    private readonly SocketPipeReader _input;
    private readonly SocketPipeWriter _output;
    private IFeatureCollection? _features;
    private IDictionary<object, object?>? _items;
    private string? _id;
    private PollEvents _armed;
    private int _slot = -1;

    protected LoopConnection(EventLoop loop, SocketDescriptor socket, IpEndpoint peer)
    {
        Loop = loop;
        Socket = socket;
        Peer = peer;
        _input = new SocketPipeReader(this);
        _output = new SocketPipeWriter(this);
    }

    public EventLoop Loop { get; }

    public IpEndpoint Peer { get; }

    public LoopPipeReader Input => _input;

    public LoopPipeWriter Output => _output;

    /// <summary>True from <see cref="Abort(ConnectionAbortedException)"/> or the close of both ends on; the descriptor is gone.</summary>
    public bool IsClosed { get; private set; }

    public bool WasCut { get; private set; }

    /// <summary>Runs on the loop once the connection is closed. Set by its owner, before traffic.</summary>
    public Action<LoopConnection>? Closed { get; set; }

    /// <summary>
    /// Runs on the loop when the peer is gone altogether (reset, or both halves ended), whether or not anyone reads or writes. Set by whoever
    /// is busy with something else meanwhile, such as a connect on this client's behalf.
    /// </summary>
    public Action? HungUp { get; set; }

    public override string ConnectionId
    {
        get => _id ??= string.Create(CultureInfo.InvariantCulture, $"{Loop.Index}-{Environment.TickCount64:x}-{Socket.Value}");
        set => _id = value;
    }

    public override IFeatureCollection Features => _features ??= new FeatureCollection();

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new Dictionary<object, object?>();
        set => _items = value;
    }

    public override IDuplexPipe Transport
    {
        get => this;
        set => throw new NotSupportedException("the transport of a loop connection is the connection itself");
    }

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _output;

    public override EndPoint? RemoteEndPoint
    {
        get => Peer.ToIPEndPoint();
        set => throw new NotSupportedException("the peer of a connection is what the kernel says");
    }

    public override EndPoint? LocalEndPoint
    {
        get => Socket.LocalEndpoint.ToIPEndPoint();
        set => throw new NotSupportedException("the local address of a connection is what the kernel says");
    }

    public SocketDescriptor Socket { get; }

    /// <summary>Bytes that were received by a layer below and that no readiness will announce (TLS read-ahead).</summary>
    protected internal virtual bool HasPendingInput => false;

    /// <summary>Resets the connection: the peer sees that it was cut, never an orderly end.</summary>
    public override void Abort(ConnectionAbortedException abortReason) => Close(abortReason, reset: true);

    public override void Abort() => Abort(new ConnectionAbortedException());

    /// <summary>Closes at once. What was written and not yet sent is lost; complete the output to have it sent.</summary>
    public override ValueTask DisposeAsync()
    {
        Close(new ConnectionAbortedException("the connection was disposed"), reset: false);
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }

    void IAbortable.AbortAfterFailure(Exception exception) => Abort(new ConnectionAbortedException("a handler failed", exception));

    void IPollHandler.OnReady(PollEvents events) => OnReady(events);

    /// <summary>Begins to take part in the loop. <paramref name="slot"/> is that of a finished connect, -1 for an accepted socket.</summary>
    protected internal void Attach(int slot = -1)
    {
        _armed = PollEvents.Readable;
        if (slot < 0)
        {
            _slot = Loop.Register(Socket.Value, _armed, this);
        }
        else
        {
            _slot = slot;
            Loop.Replace(slot, this);
            Loop.Modify(slot, Socket.Value, _armed);
        }
    }

    /// <summary>How far a buffer is filled with what is received: a whole TLS record, unless the layer knows better.</summary>
    protected internal virtual int ReceiveSize => PooledBuffer.Size;

    protected internal abstract IoResult Receive(Span<byte> buffer);

    protected internal abstract IoResult Send(ReadOnlySpan<byte> bytes);

    /// <summary>Sends the buffers from <paramref name="head"/> on with as few calls as the layer allows.</summary>
    protected internal abstract IoResult Send(PooledBuffer head);

    /// <summary>Ends our half: TLS close_notify where there is TLS, then FIN.</summary>
    protected internal abstract void ShutdownSend();

    /// <summary>Frees what the layer holds, when the connection closes.</summary>
    protected virtual void Release()
    {
    }

    protected virtual void OnReady(PollEvents events)
    {
        if ((events & (PollEvents.Error | PollEvents.HangUp)) != PollEvents.None)
        {
            // Both are reported for ever, asked for or not; out of epoll, every later call on the socket tells the same.
            Detach();
            WasCut |= (events & PollEvents.Error) != PollEvents.None;
            events |= PollEvents.Readable | PollEvents.Writable;
            HungUp?.Invoke();
        }

        if ((events & PollEvents.Readable) != PollEvents.None)
        {
            _output.OnReadable();
            if (!IsClosed && !_input.OnReadable())
            {
                Arm(PollEvents.Readable, wanted: false);
            }
        }

        if ((events & PollEvents.Writable) != PollEvents.None && !IsClosed)
        {
            _input.OnWritable();
            if (!IsClosed && !_output.OnWritable())
            {
                Arm(PollEvents.Writable, wanted: false);
            }
        }
    }

    /// <summary>Asks for, or no longer asks for, readiness; a system call only when that changes something.</summary>
    protected internal void Arm(PollEvents events, bool wanted = true)
    {
        var armed = wanted ? _armed | events : _armed & ~events;
        if (armed != _armed && _slot >= 0)
        {
            _armed = armed;
            Loop.Modify(_slot, Socket.Value, armed);
        }
    }

    /// <summary>Bytes are at hand that no readiness will announce.</summary>
    protected void NoteReadable() => _input.OnReadable();

    /// <summary>True while the descriptor is in epoll: a wait for readiness will end.</summary>
    protected internal bool IsAttached => _slot >= 0;

    /// <summary>The words for a failed call, as an exception for the reader or writer.</summary>
    protected internal virtual Exception CreateFailure(IoResult result) => new ConnectionResetException(result.Describe());

    /// <summary>Called by both ends when they are completed; the connection closes with the second.</summary>
    internal void CloseIfDone()
    {
        if (_input.IsDone && _output.IsDone)
        {
            Close(new ConnectionAbortedException("both ends were completed"), reset: false);
        }
    }

    internal void Close(ConnectionAbortedException reason, bool reset)
    {
        if (IsClosed)
        {
            return;
        }

        IsClosed = true;
        Detach();
        Release();
        if (reset)
        {
            Socket.CloseWithReset();
        }
        else
        {
            Socket.Close();
        }

        // The writer first: whoever wakes in the reader finds it failed, and does not write into a closed connection.
        _output.OnClosed(reason);
        _input.OnClosed(reason);
        Closed?.Invoke(this);
    }

    private void Detach()
    {
        if (_slot >= 0)
        {
            Loop.Unregister(_slot, Socket.Value);
            _slot = -1;
        }
    }
}
