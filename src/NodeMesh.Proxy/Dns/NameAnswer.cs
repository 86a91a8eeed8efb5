using System.Net;

namespace NodeMesh.Proxy.Dns;

/// <summary>What a name leads to.</summary>
/// <param name="Addresses">IPv4 first, then IPv6; none with a failure.</param>
/// <param name="Failure">Why there are none, in words.</param>
internal sealed record NameAnswer(IReadOnlyList<IPAddress> Addresses, string? Failure)
{
    public static NameAnswer Failed(string why) => new([], why);
}
