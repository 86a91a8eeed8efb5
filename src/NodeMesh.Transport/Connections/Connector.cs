using NodeMesh.Linux;
using NodeMesh.Linux.Polling;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Transport.Connections;

/// <summary>
/// One outgoing connect on its loop, from the socket call to a <see cref="TcpConnection"/>, an error or the deadline. Made per connect.
/// </summary>
public sealed class Connector : LoopTimer, IPollHandler
{
    private readonly EventLoop _loop;
    private readonly SocketDescriptor _socket;
    private readonly IpEndpoint _target;
    private readonly ConnectWait _wait = new();
    private readonly bool _attach;
    private CancellationTokenRegistration _cancellation;
    private int _slot;
    private bool _done;

    private Connector(EventLoop loop, SocketDescriptor socket, IpEndpoint target, bool attach)
    {
        _attach = attach;
        _loop = loop;
        _socket = socket;
        _target = target;
    }

    /// <summary>Connects. On the loop's thread; the connection is attached to that loop.</summary>
    /// <param name="cancellation">Cancelled on the loop: the connect is given up at once, with ECANCELED.</param>
    public static ValueTask<ConnectResult> ConnectAsync(
        EventLoop loop, IpEndpoint target, ConnectOptions options, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
        {
            return new ValueTask<ConnectResult>(new ConnectResult(null, Errno.ECANCELED));
        }

        var result = Begin(target, options, out var socket);
        return result switch
        {
            0 => new ValueTask<ConnectResult>(Adopt(loop, socket, target)),
            -Errno.EINPROGRESS => new Connector(loop, socket, target, attach: true).WaitAsync(options.Timeout, cancellation),
            _ => new ValueTask<ConnectResult>(new ConnectResult(null, -result)),
        };
    }

    /// <summary>
    /// Connects and gives the bare socket, not attached to any loop: for what goes on with TLS. When there is none, the negated error number
    /// stands in its place.
    /// </summary>
    public static async ValueTask<AcceptedSocket> ConnectSocketAsync(EventLoop loop, IpEndpoint target, ConnectOptions options)
    {
        var result = Begin(target, options, out var socket);
        if (result == -Errno.EINPROGRESS)
        {
            result = -(await new Connector(loop, socket, target, attach: false).WaitAsync(options.Timeout, default)).Error;
        }
        else if (result == 0 && IsSelf(socket, target))
        {
            socket.Close();
            result = -Errno.ECONNREFUSED;
        }

        return new AcceptedSocket(result == 0 ? socket : new SocketDescriptor(result), target);
    }

    void IPollHandler.OnReady(PollEvents events)
    {
        var error = _socket.TakeError();
        if (error == 0 && IsSelf(_socket, _target))
        {
            error = Errno.ECONNREFUSED;
        }

        if (error != 0)
        {
            Fail(error);
            return;
        }

        End();
        if (_attach)
        {
            var connection = new TcpConnection(_loop, _socket, _target);
            connection.Attach(_slot);
            _wait.Complete(new ConnectResult(connection, 0));
        }
        else
        {
            _loop.Unregister(_slot, _socket.Value);
            _wait.Complete(new ConnectResult(null, 0));
        }
    }

    protected internal override void OnExpired() => Fail(Errno.ETIMEDOUT);

    /// <summary>0 when connected, -EINPROGRESS while under way, else the negated error number and no socket.</summary>
    private static int Begin(IpEndpoint target, ConnectOptions options, out SocketDescriptor socket)
    {
        socket = SocketDescriptor.OpenTcp(ipv6: !target.IsIPv4);
        if (!socket.IsOpen)
        {
            return socket.Value;
        }

        int result;
        try
        {
            result = Prepare(socket, target, options);
            result = result == 0 ? socket.Connect(target) : result;
        }
        catch (LinuxException exception)
        {
            result = -exception.Errno;
        }

        if (result is not (0 or -Errno.EINPROGRESS))
        {
            socket.Close();
        }

        return result;
    }

    private static int Prepare(SocketDescriptor socket, IpEndpoint target, ConnectOptions options)
    {
        socket.SetNoDelay();
        if (options.Mark != 0)
        {
            socket.SetMark(options.Mark);
        }

        if (options.KeepAliveIdle > TimeSpan.Zero)
        {
            socket.SetKeepAlive(options.KeepAliveIdle, options.KeepAliveInterval, options.KeepAliveProbes);
        }

        if (options.UserTimeout > TimeSpan.Zero)
        {
            socket.SetUserTimeout(options.UserTimeout);
        }

        if (options.Source is not { } source)
        {
            return 0;
        }

        if (options.Transparent)
        {
            socket.SetTransparent(ipv6: !target.IsIPv4);
        }

        socket.SetBindAddressNoPort();
        return socket.Bind(source, asIPv6: !target.IsIPv4);
    }

    private static ConnectResult Adopt(EventLoop loop, SocketDescriptor socket, IpEndpoint target)
    {
        if (IsSelf(socket, target))
        {
            socket.Close();
            return new ConnectResult(null, Errno.ECONNREFUSED);
        }

        try
        {
            return new ConnectResult(TcpConnection.Adopt(loop, socket, target), 0);
        }
        catch (LinuxException exception)
        {
            socket.Close();
            return new ConnectResult(null, exception.Errno);
        }
    }

    /// <summary>
    /// A connect to a local port of the ephemeral range where nobody listens may be given that very port as its source: then TCP's simultaneous
    /// open connects the socket to itself, and a relay would echo for ever (RFC 9293, section 3.5, figure 7).
    /// </summary>
    private static bool IsSelf(SocketDescriptor socket, IpEndpoint target) => socket.LocalEndpoint == target;

    private ValueTask<ConnectResult> WaitAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            _slot = _loop.Register(_socket.Value, PollEvents.Writable, this);
        }
        catch (LinuxException exception)
        {
            _socket.Close();
            return new ValueTask<ConnectResult>(new ConnectResult(null, exception.Errno));
        }

        _loop.Arm(this, timeout);
        var wait = _wait.Wait();
        _cancellation = cancellation.UnsafeRegister(static connector => ((Connector)connector!).Cancel(), this);
        return wait;
    }

    private void Cancel()
    {
        if (!_done)
        {
            Fail(Errno.ECANCELED);
        }
    }

    private void End()
    {
        _done = true;
        _loop.Disarm(this);
        _cancellation.Dispose();
    }

    private void Fail(int errno)
    {
        End();
        _loop.Unregister(_slot, _socket.Value);
        _socket.Close();
        _wait.Complete(new ConnectResult(null, errno));
    }

    private sealed class ConnectWait : LoopAwaitable<ConnectResult>
    {
        private ConnectResult _result;

        public void Complete(ConnectResult result)
        {
            _result = result;
            Wake();
        }

        protected override ConnectResult TakeResult() => _result;
    }
}
