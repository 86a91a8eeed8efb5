using System.Net.Sockets;

namespace NodeMesh.Transport.Tests.Relaying;

/// <summary>Whole messages over ordinary sockets.</summary>
internal static class Streams
{
    public static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> data)
    {
        for (var sent = 0; sent < data.Length;)
        {
            sent += await socket.SendAsync(data[sent..]);
        }
    }

    public static async Task SendAndEndAsync(Socket socket, ReadOnlyMemory<byte> data)
    {
        await SendAsync(socket, data);
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Sends until nothing has moved for a while: all buffers up to a reader that does not read are full.</summary>
    public static void PushUntilHeldBack(Socket socket)
    {
        var data = new byte[65536];
        socket.Blocking = false;
        while (socket.Poll(TimeSpan.FromMilliseconds(300), SelectMode.SelectWrite))
        {
            socket.Send(data, SocketFlags.None, out _);
        }
    }

    public static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var buffer = new byte[count];
        using var deadline = new CancellationTokenSource(Until.Patience);
        for (var filled = 0; filled < count;)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(filled), deadline.Token);
            Assert.NotEqual(0, received);
            filled += received;
        }

        return buffer;
    }

    public static async Task<byte[]> ReceiveToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        using var deadline = new CancellationTokenSource(Until.Patience);
        var buffer = new byte[65536];
        for (int count; (count = await socket.ReceiveAsync(buffer, deadline.Token)) > 0;)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }
}
