using System.Net.Sockets;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>A client that sends one byte at a time, never silent for long.</summary>
internal static class Trickle
{
    public static async Task UntilEndedAsync(Socket client, byte[] bytes, Task ended)
    {
        foreach (var piece in bytes)
        {
            if (ended.IsCompleted)
            {
                break;
            }

            try
            {
                await client.SendAsync(new[] { piece });
            }
            catch (SocketException)
            {
                break;
            }

            await Task.WhenAny(ended, Task.Delay(20));
        }

        await ended.WaitAsync(Until.Patience);
    }
}
