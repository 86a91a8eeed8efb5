using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NodeMesh.Resources.Schema;

/// <summary>
/// Addresses and ranges in the one form that every tool reads the same way: no shortened or octal IPv4, no scope, no IPv4 inside IPv6.
/// </summary>
internal static class NetworkText
{
    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789abcdefABCDEF.:");
    private static readonly SearchValues<char> IPv4Characters = SearchValues.Create("0123456789.");

    public static bool TryParseAddress(string text, [NotNullWhen(true)] out IPAddress? address, out string? problem)
    {
        problem = null;
        if (text.AsSpan().ContainsAnyExcept(AddressCharacters) || !IPAddress.TryParse(text, out address))
        {
            address = null;
            return false;
        }

        if (address.AddressFamily == AddressFamily.InterNetwork && !string.Equals(address.ToString(), text, StringComparison.Ordinal))
        {
            problem = $"an IPv4 address has four decimal numbers; if {address} is meant, write that";
            address = null;
            return false;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            problem = $"write the IPv4 address itself: {address.MapToIPv4()}";
            address = null;
            return false;
        }

        return true;
    }

    /// <summary>Reads <c>10.0.0.0/8</c>, or a single address as the range of it alone.</summary>
    public static bool TryParseNetwork(string text, out IPNetwork network, out string? problem)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!TryParseAddress(slash < 0 ? text : text[..slash], out var address, out problem))
        {
            return false;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = bits;
        if (slash >= 0
            && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bits))
        {
            problem = $"the prefix length is a number from 0 to {bits}";
            return false;
        }

        var first = FirstOf(address, length);
        if (!first.Equals(address))
        {
            problem = $"the address has bits set beyond its prefix; write {first}/{length} for the range or {address} for the address";
            return false;
        }

        network = new IPNetwork(address, length);
        return true;
    }

    /// <summary>A range of one address is written as the address.</summary>
    public static string Format(IPNetwork network) =>
        network.PrefixLength == (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            ? network.BaseAddress.ToString()
            : network.ToString();

    /// <summary>True for text such as 10.0.0.1, which is also a DNS name by its letters.</summary>
    public static bool LooksLikeIPv4(string text) => !text.AsSpan().ContainsAnyExcept(IPv4Characters);

    private static IPAddress FirstOf(IPAddress address, int prefixLength)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var bits = Math.Clamp(prefixLength - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff00 >> bits);
        }

        return new IPAddress(bytes);
    }
}
