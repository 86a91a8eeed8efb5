using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// A list of address ranges, compiled to numbers. IPv4 is compared in its IPv4-mapped form, so both spellings match; a range of real IPv6
/// holds no IPv4 address, not even <c>::/0</c>. Immutable.
/// </summary>
internal sealed class NetworkMatcher
{
    private readonly (UInt128 Base, UInt128 Mask, bool IsIPv4)[] _networks;

    internal NetworkMatcher(ValueList<IPNetwork> networks)
    {
        _networks = [.. networks.AsEnumerable().Select(Compile)];
        Text = networks.ToString();
    }

    internal bool IsEmpty => _networks.Length == 0;

    /// <summary>The ranges as the operator wrote them.</summary>
    internal string Text { get; }

    internal bool Matches(IpEndpoint address)
    {
        foreach (var (network, mask, isIPv4) in _networks)
        {
            if ((address.Address & mask) == network && address.IsIPv4 == isIPv4)
            {
                return true;
            }
        }

        return false;
    }

    private static (UInt128 Base, UInt128 Mask, bool IsIPv4) Compile(IPNetwork network)
    {
        var length = network.PrefixLength + (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 96 : 0);
        var mask = length == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - length);
        var first = IpEndpoint.From(network.BaseAddress, 0);
        return (first.Address & mask, mask, first.IsIPv4 && length >= 96);
    }
}
