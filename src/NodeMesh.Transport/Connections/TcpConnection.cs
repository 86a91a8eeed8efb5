using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Connections;

/// <summary>A connection without TLS: the reader and writer stand straight on the socket.</summary>
public sealed class TcpConnection(EventLoop loop, SocketDescriptor socket, IpEndpoint peer) : LoopConnection(loop, socket, peer)
{
    /// <summary>Makes a connection of an accepted or connected socket, which it owns from now on, and attaches it to the loop. On the loop.</summary>
    public static TcpConnection Adopt(EventLoop loop, SocketDescriptor socket, IpEndpoint peer)
    {
        var connection = new TcpConnection(loop, socket, peer);
        connection.Attach();
        return connection;
    }

    /// <summary>Attaches an accepted socket to the loop: apart from making it, so that one that cannot be attached is closed like any other.</summary>
    public void Begin() => Attach();

    protected internal override int ReceiveSize => PooledBuffer.PayloadSize;

    protected internal override IoResult Receive(Span<byte> buffer) => IoResult.FromReceive(Socket.Receive(buffer));

    protected internal override IoResult Send(ReadOnlySpan<byte> bytes) => IoResult.FromSend(Socket.Send(bytes));

    protected internal override IoResult Send(PooledBuffer head)
    {
        if (head.Following is null)
        {
            return Send(head.Unread);
        }

        var pieces = default(GatherList);
        for (PooledBuffer? buffer = head; buffer is not null && !pieces.IsFull; buffer = buffer.Following)
        {
            pieces.Add(buffer.Unread);
        }

        return IoResult.FromSend(Socket.Send(ref pieces));
    }

    protected internal override void ShutdownSend() => Socket.ShutdownSend();
}
