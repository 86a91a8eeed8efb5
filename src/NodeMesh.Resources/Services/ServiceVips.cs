using System.Net;

namespace NodeMesh.Resources.Services;

/// <summary>The virtual addresses of one service. A family is null when no range of it is configured, or none has a free address.</summary>
public sealed record ServiceVips(IPAddress? IPv4, IPAddress? IPv6)
{
    /// <summary>Those there are, IPv4 first.</summary>
    public IEnumerable<IPAddress> Addresses => new[] { IPv4, IPv6 }.OfType<IPAddress>();
}
