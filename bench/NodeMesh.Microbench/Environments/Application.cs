using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Microbench.Environments;

/// <summary>
/// The two applications around the data path, both driven by the calling thread with blocking sockets: so one message is one known amount of work
/// for each loop in between.
/// </summary>
internal sealed class Application : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<(Socket Client, Socket Server)> _connections = [];

    public Application()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Address = IpEndpoint.From((IPEndPoint)_listener.LocalEndPoint!);
    }

    /// <summary>Where the serving application listens.</summary>
    public IpEndpoint Address { get; }

    /// <summary>Opens connections to <paramref name="proxy"/>, each carried through to the serving application.</summary>
    public void Connect(IpEndpoint proxy, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(proxy.ToIPEndPoint());
            if (!_listener.Poll(Patience, SelectMode.SelectRead))
            {
                throw new TimeoutException("the data path did not connect to the serving application");
            }

            _connections.Add((Prepare(client), Prepare(_listener.Accept())));
        }
    }

    /// <summary>A request and its answer on every connection, all under way at once.</summary>
    public void Exchange(Span<byte> message)
    {
        foreach (var (client, _) in _connections)
        {
            Send(client, message);
        }

        foreach (var (_, server) in _connections)
        {
            Receive(server, message);
            Send(server, message);
        }

        foreach (var (client, _) in _connections)
        {
            Receive(client, message);
        }
    }

    public void Dispose()
    {
        foreach (var (client, server) in _connections)
        {
            client.Dispose();
            server.Dispose();
        }

        _listener.Dispose();
    }

    private static Socket Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.ReceiveTimeout = socket.SendTimeout = (int)Patience.TotalMilliseconds;
        return socket;
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            message = message[socket.Send(message)..];
        }
    }

    private static void Receive(Socket socket, Span<byte> message)
    {
        while (!message.IsEmpty)
        {
            var count = socket.Receive(message);
            message = count > 0 ? message[count..] : throw new IOException("the data path closed the connection");
        }
    }
}
