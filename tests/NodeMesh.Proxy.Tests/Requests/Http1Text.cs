using System.Net.Sockets;
using System.Text;
using NodeMesh.Proxy.Tests.Tunnels;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>HTTP/1.1 by hand, where a client library would hide what passes.</summary>
internal static class Http1Text
{
    public static Task SendTextAsync(this Socket socket, string text) => socket.SendAllAsync(Encoding.Latin1.GetBytes(text));

    public static async Task<string> ReceiveTextAsync(this Socket socket, int count) => Encoding.Latin1.GetString(await socket.ReceiveAsync(count));

    /// <summary>One head with its empty line, and not a byte more.</summary>
    public static async Task<string> ReceiveHeadAsync(this Socket socket)
    {
        var head = new StringBuilder();
        do
        {
            head.Append(await socket.ReceiveTextAsync(1));
        }
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n");

        return head.ToString();
    }

    /// <summary>Sends the request and gives the head of the answer.</summary>
    public static async Task<string> AskAsync(this Socket socket, string request)
    {
        await socket.SendTextAsync(request);
        return await socket.ReceiveHeadAsync();
    }

    /// <summary>The value of a field of a head; null when it is not there.</summary>
    public static string? Field(this string head, string name) => head.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
