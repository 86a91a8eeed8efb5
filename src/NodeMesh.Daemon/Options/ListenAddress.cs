using System.Net;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Daemon.Options;

/// <summary>An address and port to listen on, as given: <c>127.0.0.1:15001</c>, <c>[::]:15008</c>. Port 0 takes a free one.</summary>
internal readonly record struct ListenAddress(IpEndpoint Endpoint)
{
    public IPEndPoint ToIPEndPoint() => Endpoint.ToIPEndPoint();

    /// <exception cref="FormatException">It is not an address with a port.</exception>
    public static ListenAddress Parse(string text) => TryParse(text, out var address)
        ? address
        : throw new FormatException($"\"{text}\" is not an address with a port, such as 127.0.0.1:15001 or [::]:15008");

    public static bool TryParse(string text, out ListenAddress address)
    {
        var parsed = IpEndpoint.TryParse(text, out var endpoint);
        address = new ListenAddress(endpoint);
        return parsed;
    }

    public override string ToString() => Endpoint.ToString();
}
