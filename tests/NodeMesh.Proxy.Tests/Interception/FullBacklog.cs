using System.Net;
using System.Net.Sockets;

namespace NodeMesh.Proxy.Tests.Interception;

/// <summary>An application whose backlog is full: the kernel answers no further SYN, so a connect stays under way.</summary>
internal sealed class FullBacklog : IDisposable
{
    private readonly Socket _listener = New();
    private readonly List<Socket> _accepted = [];
    private readonly Socket[] _fillers = [New(), New(), New(), New()];
    private Task _accepting = Task.CompletedTask;

    public FullBacklog()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
        foreach (var filler in _fillers)
        {
            filler.Blocking = false;
            Assert.Throws<SocketException>(() => filler.Connect(_listener.LocalEndPoint!));
        }
    }

    public ushort Port => (ushort)((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Lets the next SYN, which the kernel repeats after a second, be answered.</summary>
    public void MakeRoom() => _accepting = AcceptAllAsync();

    public void Dispose()
    {
        _listener.Dispose();
        _accepting.GetAwaiter().GetResult();
        _accepted.ForEach(socket => socket.Dispose());
        foreach (var filler in _fillers)
        {
            filler.Dispose();
        }
    }

    private async Task AcceptAllAsync()
    {
        try
        {
            while (true)
            {
                _accepted.Add(await _listener.AcceptAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static Socket New() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
}
