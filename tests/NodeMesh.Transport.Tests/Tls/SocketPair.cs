using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>Two connected, non-blocking loopback TCP sockets.</summary>
internal sealed class SocketPair : IDisposable
{
    public SocketPair(int bufferSize = 0)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (bufferSize > 0)
        {
            listener.ReceiveBufferSize = bufferSize;
        }

        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        Client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (bufferSize > 0)
        {
            Client.ReceiveBufferSize = bufferSize;
            Client.SendBufferSize = bufferSize;
        }

        Client.Connect(listener.LocalEndPoint!);
        Server = listener.Accept();
        Server.NoDelay = true;
        if (bufferSize > 0)
        {
            Server.SendBufferSize = bufferSize;
        }

        Client.Blocking = false;
        Server.Blocking = false;
    }

    public Socket Client { get; }

    public Socket Server { get; }

    public IpEndpoint Address => IpEndpoint.From((IPEndPoint)Client.RemoteEndPoint!);

    public static SocketDescriptor Descriptor(Socket socket) => new((int)socket.SafeHandle.DangerousGetHandle());

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
