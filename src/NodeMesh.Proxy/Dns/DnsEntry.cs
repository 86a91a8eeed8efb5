using System.Net;

namespace NodeMesh.Proxy.Dns;

/// <summary>What a name of the table stands for.</summary>
/// <param name="Zone">The name whose SOA covers it: the mesh domain, or a host name outside it.</param>
/// <param name="IPv4">Its A records.</param>
/// <param name="IPv6">Its AAAA records.</param>
/// <param name="Pointer">Its PTR record, for reverse names.</param>
internal sealed record DnsEntry(string Zone, IReadOnlyList<IPAddress> IPv4, IReadOnlyList<IPAddress> IPv6, string? Pointer = null);
