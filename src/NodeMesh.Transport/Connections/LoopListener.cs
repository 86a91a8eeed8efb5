using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using NodeMesh.Linux;
using NodeMesh.Linux.Polling;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Transport.Connections;

/// <summary>
/// A listening socket of one loop. Each loop has its own on the same address (SO_REUSEPORT), so that the kernel spreads connections and
/// no loop waits for another. Accepts raw sockets: what a connection becomes (plain, TLS, handed to another loop) is the owner's choice.
/// </summary>
public sealed partial class LoopListener : IConnectionListener, IPollHandler
{
    /// <summary>So many accepts in one turn, then the connections that already live here get theirs.</summary>
    private const int AcceptsPerTurn = 64;

    private static readonly TimeSpan ExhaustionPause = TimeSpan.FromMilliseconds(100);

    private readonly EventLoop _loop;
    private readonly SocketDescriptor _socket;
    private readonly ILogger _logger;
    private readonly AcceptWait _wait = new();
    private readonly PauseTimer _pause;
    private readonly int _slot;
    private bool _armed = true;
    private bool _closed;
    private int _accepted;

    private LoopListener(EventLoop loop, SocketDescriptor socket, IpEndpoint local, ILogger logger)
    {
        _loop = loop;
        _socket = socket;
        _logger = logger;
        Local = local;
        _pause = new PauseTimer(this);
        _slot = loop.Register(socket.Value, PollEvents.Readable, this);
    }

    /// <summary>The address that was bound, with the port the kernel chose when 0 was asked for.</summary>
    public IpEndpoint Local { get; }

    public SocketDescriptor Socket => _socket;

    public EndPoint EndPoint => Local.ToIPEndPoint();

    /// <summary>How often accepting had to pause because descriptors or memory ran out.</summary>
    public long Exhaustions { get; private set; }

    /// <summary>Binds and listens. On the loop's thread.</summary>
    /// <exception cref="LinuxException">The address cannot be bound; the message names it.</exception>
    public static LoopListener Bind(EventLoop loop, IpEndpoint address, ListenerOptions options, ILogger logger)
    {
        var socket = SocketDescriptor.OpenTcp(ipv6: !address.IsIPv4);
        if (!socket.IsOpen)
        {
            throw new LinuxException("open a listening socket", -socket.Value);
        }

        try
        {
            socket.SetReuseAddress();
            socket.SetReusePort();
            if (!address.IsIPv4)
            {
                socket.SetIPv6Only(!options.DualStack);
            }

            if (options.Transparent)
            {
                socket.SetTransparent(ipv6: !address.IsIPv4);
            }

            // Accepted sockets inherit both (tcp(7)): no system call per connection, and a client that vanished is noticed.
            socket.SetNoDelay();
            socket.SetKeepAlive(options.KeepAliveIdle, options.KeepAliveInterval, options.KeepAliveProbes);
            var result = socket.Bind(address);
            if (result != 0)
            {
                throw new LinuxException($"bind {address}", -result);
            }

            socket.Listen(options.Backlog);
            return Adopt(loop, socket, logger);
        }
        catch
        {
            socket.Close();
            throw;
        }
    }

    /// <summary>Goes on with a socket that listens already, and owns it. On the loop's thread.</summary>
    public static LoopListener Adopt(EventLoop loop, SocketDescriptor socket, ILogger logger) => new(loop, socket, socket.LocalEndpoint, logger);

    /// <summary>The next connection, attached to this loop; null when the listener was closed.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        var accepted = await AcceptSocketAsync();
        return accepted.Socket.IsOpen ? TcpConnection.Adopt(_loop, accepted.Socket, accepted.Peer) : null;
    }

    /// <summary>The next socket, not yet attached to any loop; not open when the listener was closed.</summary>
    public ValueTask<AcceptedSocket> AcceptSocketAsync()
    {
        if (_closed)
        {
            return new ValueTask<AcceptedSocket>(AcceptedSocket.None);
        }

        return TryAccept(out var accepted) ? new ValueTask<AcceptedSocket>(accepted) : _wait.Wait();
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        Close();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    void IPollHandler.OnReady(PollEvents events)
    {
        _accepted = 0;
        if (!_wait.IsWaiting)
        {
            Arm(false);
            return;
        }

        if (TryAccept(out var accepted))
        {
            _wait.Complete(accepted);
        }
    }

    private bool TryAccept(out AcceptedSocket accepted)
    {
        accepted = AcceptedSocket.None;
        while (_accepted < AcceptsPerTurn)
        {
            var socket = _socket.Accept(out var peer);
            if (socket.IsOpen)
            {
                _accepted++;
                accepted = new AcceptedSocket(socket, peer);
                return true;
            }

            var errno = -socket.Value;
            if (errno == Errno.EAGAIN)
            {
                break;
            }

            if (Errno.IsExhaustion(errno))
            {
                Pause(errno);
                return false;
            }

            // Anything else is the fate of one connection that ended before it was taken (accept(2), ECONNABORTED and kin). It counts, so
            // that an error which stays cannot hold the loop.
            _accepted++;
        }

        Arm(true);
        return false;
    }

    /// <summary>Level-triggered readiness would spin while descriptors are out: look away for a moment.</summary>
    private void Pause(int errno)
    {
        Exhaustions++;
        LogExhausted(Local, Errno.Describe(errno), ExhaustionPause.TotalMilliseconds);
        Arm(false);
        _loop.Arm(_pause, ExhaustionPause);
    }

    private void Arm(bool wanted)
    {
        if (_armed != wanted)
        {
            _armed = wanted;
            _loop.Modify(_slot, _socket.Value, wanted ? PollEvents.Readable : PollEvents.None);
        }
    }

    private void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _loop.Disarm(_pause);
        _loop.Unregister(_slot, _socket.Value);
        _socket.Close();
        _wait.Complete(AcceptedSocket.None);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot accept on {Address}: {Reason}; trying again in {Pause} ms. Raise LimitNOFILE if this goes on.")]
    private partial void LogExhausted(IpEndpoint address, string reason, double pause);

    private sealed class AcceptWait : LoopAwaitable<AcceptedSocket>
    {
        private AcceptedSocket _accepted;

        public void Complete(AcceptedSocket accepted)
        {
            _accepted = accepted;
            Wake();
        }

        protected override AcceptedSocket TakeResult() => _accepted;
    }

    private sealed class PauseTimer(LoopListener listener) : LoopTimer
    {
        protected internal override void OnExpired() => listener.Arm(true);
    }
}
