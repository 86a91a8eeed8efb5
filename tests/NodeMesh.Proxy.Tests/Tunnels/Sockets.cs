using System.Net.Sockets;

namespace NodeMesh.Proxy.Tests.Tunnels;

/// <summary>What clients and applications do with their sockets; everything ends within the tests' patience.</summary>
internal static class Sockets
{
    public static async Task<byte[]> ReceiveAsync(this Socket socket, int count)
    {
        using var patience = new CancellationTokenSource(Until.Patience);
        var buffer = new byte[count];
        for (var at = 0; at < count;)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(at), patience.Token);
            Assert.True(received > 0, $"the stream ended after {at} of {count} bytes");
            at += received;
        }

        return buffer;
    }

    public static async Task<byte[]> ReceiveToEndAsync(this Socket socket)
    {
        using var patience = new CancellationTokenSource(Until.Patience);
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var received)
        {
            all.Write(buffer, 0, received);
            patience.CancelAfter(Until.Patience);
        }

        return all.ToArray();
    }

    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Until.Patience);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, patience.Token)..];
        }
    }

    /// <summary>Sends there and back, so that the connection is known to work.</summary>
    public static async Task AssertCarriesAsync(this (Socket Client, Socket Server) pair)
    {
        await pair.Client.SendAllAsync("ping"u8.ToArray());
        Assert.Equal("ping"u8.ToArray(), await pair.Server.ReceiveAsync(4));
        await pair.Server.SendAllAsync("pong"u8.ToArray());
        Assert.Equal("pong"u8.ToArray(), await pair.Client.ReceiveAsync(4));
    }

    /// <summary>Holds that the other side resets the connection, or ends it without a byte more.</summary>
    public static async Task AssertIsCutAsync(this Socket socket)
    {
        try
        {
            Assert.Empty(await socket.ReceiveToEndAsync());
        }
        catch (SocketException exception)
        {
            Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        }
    }

    public static void Dispose(this (Socket Client, Socket Server) pair)
    {
        pair.Client.Dispose();
        pair.Server.Dispose();
    }
}
