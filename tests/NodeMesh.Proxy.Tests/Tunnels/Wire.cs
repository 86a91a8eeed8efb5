using System.Net;
using System.Net.Sockets;

namespace NodeMesh.Proxy.Tests.Tunnels;

/// <summary>
/// The network between two nodes, as a forwarder that the test can freeze: connections stay open, and nothing passes any more, as when a machine or a
/// path dies without a word.
/// </summary>
internal sealed class Wire : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly IPEndPoint _target;
    private readonly List<Socket> _sockets = [];
    private readonly Lock _lock = new();
    private CancellationTokenSource _flow = new();

    public Wire(string address, IPEndPoint target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public ushort Port => (ushort)((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>From now on nothing passes on the connections there are; new ones work.</summary>
    public void Freeze()
    {
        lock (_lock)
        {
            _flow.Cancel();
            _flow = new CancellationTokenSource();
        }
    }

    public void Dispose()
    {
        Freeze();
        _listener.Dispose();
        lock (_lock)
        {
            _sockets.ForEach(socket => socket.Dispose());
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptAsync();
                var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                near.NoDelay = true;
                await far.ConnectAsync(_target);
                lock (_lock)
                {
                    _sockets.AddRange([near, far]);
                    _ = CopyAsync(near, far, _flow.Token);
                    _ = CopyAsync(far, near, _flow.Token);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationToken flow)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, flow) is > 0 and var count)
            {
                for (var at = 0; at < count;)
                {
                    at += await to.SendAsync(buffer.AsMemory(at, count - at), flow);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (OperationCanceledException)
        {
            // Frozen: both ends stay as they are.
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
