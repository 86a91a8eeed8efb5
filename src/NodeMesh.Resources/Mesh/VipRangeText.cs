using System.Net;
using System.Net.Sockets;

namespace NodeMesh.Resources.Mesh;

/// <summary>Which ranges can hold the virtual addresses of services. Stateless.</summary>
internal static class VipRangeText
{
    /// <summary>A VIP range is taken whole from what programs can reach; no mesh has services for a greater share of all addresses.</summary>
    private const int ShortestIPv4Prefix = 8;

    private const int ShortestIPv6Prefix = 16;

    private static readonly (IPNetwork Network, string Meaning)[] Special =
    [
        (IPNetwork.Parse("0.0.0.0/8"), "means this machine and is never routed (RFC 1122)"),
        (IPNetwork.Parse("127.0.0.0/8"), "is loopback, where connections are not captured"),
        (IPNetwork.Parse("169.254.0.0/16"), "is link-local, where clouds serve their metadata"),
        (IPNetwork.Parse("224.0.0.0/4"), "is multicast, which TCP cannot reach"),
        (IPNetwork.Parse("255.255.255.255/32"), "is broadcast, which TCP cannot reach"),
        (IPNetwork.Parse("::/127"), "is loopback and the unspecified address"),
        (IPNetwork.Parse("fe80::/10"), "is link-local: addresses there need an interface"),
        (IPNetwork.Parse("ff00::/8"), "is multicast, which TCP cannot reach"),
    ];

    /// <summary>Null when the range serves, else why not and what would.</summary>
    public static string? ProblemOf(IPNetwork range)
    {
        var isIPv4 = range.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        var hostBits = (isIPv4 ? 32 : 128) - range.PrefixLength;
        if (hostBits < 2)
        {
            return $"{range} has no room for service addresses; give a range of at least four addresses";
        }

        foreach (var (network, meaning) in Special)
        {
            if (network.Contains(range.BaseAddress) || range.Contains(network.BaseAddress))
            {
                var which = range.PrefixLength >= network.PrefixLength ? range.ToString() : $"{range} holds {network}, which";
                return $"{which} {meaning}; {Advice(isIPv4)}";
            }
        }

        return range.PrefixLength < (isIPv4 ? ShortestIPv4Prefix : ShortestIPv6Prefix)
            ? $"{range} takes so many addresses away from everything else; give a range with a prefix of at least {(isIPv4 ? ShortestIPv4Prefix : ShortestIPv6Prefix)} bits; {Advice(isIPv4)}"
            : null;
    }

    private static string Advice(bool isIPv4) => isIPv4
        ? "leave vipRanges out for 240.240.0.0/16, or give a private range that no machine is in"
        : "leave vipRanges out for fd00:240::/64, or give a range of fd00::/8 that no machine is in";
}
