using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Tests.Connections;

/// <summary>A plain connection that counts its system calls and can be made to send little at a time.</summary>
internal sealed class CountingConnection(EventLoop loop, SocketDescriptor socket, IpEndpoint peer) : LoopConnection(loop, socket, peer)
{
    public int Sends { get; private set; }

    public int Receives { get; private set; }

    /// <summary>The most bytes one send takes.</summary>
    public int SendLimit { get; set; } = int.MaxValue;

    public void Begin() => Attach();

    protected internal override IoResult Receive(Span<byte> buffer)
    {
        Receives++;
        return IoResult.FromReceive(Socket.Receive(buffer));
    }

    protected internal override IoResult Send(ReadOnlySpan<byte> bytes)
    {
        Sends++;
        return IoResult.FromSend(Socket.Send(bytes[..Math.Min(bytes.Length, SendLimit)]));
    }

    protected internal override IoResult Send(PooledBuffer head)
    {
        if (head.Following is null || SendLimit != int.MaxValue)
        {
            return Send(head.Unread);
        }

        Sends++;
        var pieces = default(GatherList);
        for (var buffer = head; buffer is not null && !pieces.IsFull; buffer = buffer.Following)
        {
            pieces.Add(buffer.Unread);
        }

        return IoResult.FromSend(Socket.Send(ref pieces));
    }

    protected internal override void ShutdownSend() => Socket.ShutdownSend();
}
