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
    private int _slot;

    private Connector(EventLoop loop, SocketDescriptor socket, IpEndpoint target)
    {
        _loop = loop;
        _socket = socket;
        _target = target;
    }

    /// <summary>Connects. On the loop's thread; the connection is attached to that loop.</summary>
    public static ValueTask<ConnectResult> ConnectAsync(EventLoop loop, IpEndpoint target, ConnectOptions options)
    {
        var socket = SocketDescriptor.OpenTcp(ipv6: !target.IsIPv4);
        if (!socket.IsOpen)
        {
            return Failed(-socket.Value);
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

        if (result == 0)
        {
            var connection = new TcpConnection(loop, socket, target);
            connection.Attach();
            return new ValueTask<ConnectResult>(new ConnectResult(connection, 0));
        }

        if (result != -Errno.EINPROGRESS)
        {
            socket.Close();
            return Failed(-result);
        }

        var connector = new Connector(loop, socket, target);
        connector._slot = loop.Register(socket.Value, PollEvents.Writable, connector);
        loop.Arm(connector, options.Timeout);
        return connector._wait.Wait();
    }

    void IPollHandler.OnReady(PollEvents events)
    {
        _loop.Disarm(this);
        var error = _socket.TakeError();
        if (error != 0)
        {
            Fail(error);
            return;
        }

        var connection = new TcpConnection(_loop, _socket, _target);
        connection.Attach(_slot);
        _wait.Complete(new ConnectResult(connection, 0));
    }

    protected internal override void OnExpired() => Fail(Errno.ETIMEDOUT);

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

    private static ValueTask<ConnectResult> Failed(int errno) => new(new ConnectResult(null, errno));

    private void Fail(int errno)
    {
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
