using System.Net.Sockets;

namespace NodeMesh.Linux.Sockets;

/// <summary>The firewall mark (SO_MARK) of an ordinary .NET socket, by which redirection rules know the daemon's own connections.</summary>
public static class SocketMark
{
    /// <summary>Sets it before the first packet; 0 sets none. Needs CAP_NET_RAW or CAP_NET_ADMIN.</summary>
    /// <exception cref="SocketException">It may not be set.</exception>
    public static void Set(Socket socket, uint mark)
    {
        if (mark != 0)
        {
            Span<byte> value = stackalloc byte[sizeof(uint)];
            BitConverter.TryWriteBytes(value, mark);
            socket.SetRawSocketOption(LibC.SOL_SOCKET, LibC.SO_MARK, value);
        }
    }
}
