using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Microbench.Environments;

/// <summary>Two connected, non-blocking loopback sockets.</summary>
internal sealed class TcpPair : IDisposable
{
    private readonly Socket _client;
    private readonly Socket _server;

    public TcpPair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        _client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _client.Connect(listener.LocalEndPoint!);
        _server = listener.Accept();
        _server.NoDelay = true;
        _client.Blocking = false;
        _server.Blocking = false;
    }

    public SocketDescriptor Client => new((int)_client.Handle);

    public SocketDescriptor Server => new((int)_server.Handle);

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }
}
