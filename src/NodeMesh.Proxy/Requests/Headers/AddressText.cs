using System.Buffers.Text;
using System.Diagnostics;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>IP addresses as headers carry them, read and written without an object. IPv6 is written as RFC 5952 wants it, without brackets.</summary>
internal static class AddressText
{
    /// <summary>Enough for every address.</summary>
    internal const int MaxLength = 39;

    /// <summary>The same with brackets and a port.</summary>
    internal const int MaxLengthWithPort = MaxLength + 8;

    private const int Groups = 8;

    /// <summary>Writes the address without its port; returns how many bytes it took.</summary>
    internal static int Format(IpEndpoint address, Span<byte> destination) =>
        address.IsIPv4 ? FormatIPv4((uint)address.Address, destination) : FormatIPv6(address.Address, destination);

    /// <summary>Writes <c>192.0.2.1:80</c> or <c>[2001:db8::1]:80</c>; returns how many bytes it took.</summary>
    internal static int FormatWithPort(IpEndpoint address, Span<byte> destination)
    {
        var written = 0;
        if (!address.IsIPv4)
        {
            destination[written++] = (byte)'[';
        }

        written += Format(address, destination[written..]);
        if (!address.IsIPv4)
        {
            destination[written++] = (byte)']';
        }

        destination[written++] = (byte)':';
        Utf8Formatter.TryFormat(address.Port, destination[written..], out var digits);
        return written + digits;
    }

    /// <summary>Reads an address: IPv4, IPv6, IPv6 in brackets; a port behind it is read over. The endpoint's port is 0.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out IpEndpoint address)
    {
        address = default;
        if (!text.IsEmpty && text[0] == (byte)'[')
        {
            var end = text.IndexOf((byte)']');
            if (end < 0 || !IsPortOrNothing(text[(end + 1)..]))
            {
                return false;
            }

            return TryParseIPv6(text[1..end], out address);
        }

        var colon = text.IndexOf((byte)':');
        if (colon >= 0 && text[(colon + 1)..].Contains((byte)':'))
        {
            return TryParseIPv6(text, out address);
        }

        if (colon >= 0 && !IsPortOrNothing(text[colon..]))
        {
            return false;
        }

        if (!TryParseIPv4(colon < 0 ? text : text[..colon], out var four))
        {
            return false;
        }

        address = IpEndpoint.FromIPv4(four, 0);
        return true;
    }

    /// <summary>Reads <c>192.0.2.1:80</c> or <c>[2001:db8::1]:80</c>; without a port it is none.</summary>
    internal static bool TryParseWithPort(ReadOnlySpan<byte> text, out IpEndpoint endpoint)
    {
        endpoint = default;
        var colon = text.LastIndexOf((byte)':');
        var host = colon < 0 ? default : text[..colon];
        var isBracketed = host is [(byte)'[', .., (byte)']'];
        if ((!isBracketed && host.Contains((byte)':'))
            || !Utf8Parser.TryParse(text[(colon + 1)..], out ushort port, out var read) || read != text.Length - colon - 1
            || !TryParse(host, out var address))
        {
            return false;
        }

        endpoint = address.WithPort(port);
        return true;
    }

    private static int FormatIPv4(uint address, Span<byte> destination)
    {
        var written = 0;
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            Utf8Formatter.TryFormat((byte)(address >> shift), destination[written..], out var digits);
            written += digits;
            if (shift > 0)
            {
                destination[written++] = (byte)'.';
            }
        }

        return written;
    }

    private static int FormatIPv6(UInt128 address, Span<byte> destination)
    {
        var (start, length) = LongestZeros(address);
        var written = 0;
        for (var i = 0; i < Groups; i++)
        {
            if (i == start)
            {
                "::"u8.CopyTo(destination[written..]);
                written += 2;
                i += length - 1;
                continue;
            }

            if (i > 0 && i != start + length)
            {
                destination[written++] = (byte)':';
            }

            Utf8Formatter.TryFormat(Group(address, i), destination[written..], out var digits, new System.Buffers.StandardFormat('x'));
            written += digits;
        }

        return written;
    }

    private static ushort Group(UInt128 address, int index) => (ushort)(address >> (16 * (Groups - 1 - index)));

    /// <summary>The first of the longest runs of zero groups, if one is at least two long (RFC 5952, 4.2).</summary>
    private static (int Start, int Length) LongestZeros(UInt128 address)
    {
        var best = (Start: -Groups, Length: 1);
        var run = 0;
        for (var i = 0; i < Groups; i++)
        {
            run = Group(address, i) == 0 ? run + 1 : 0;
            if (run > best.Length)
            {
                best = (i - run + 1, run);
            }
        }

        return best;
    }

    private static bool IsPortOrNothing(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (text[0] == (byte)':' && Utf8Parser.TryParse(text[1..], out ushort _, out var read) && read == text.Length - 1);

    private static bool TryParseIPv4(ReadOnlySpan<byte> text, out uint address)
    {
        address = 0;
        for (var part = 0; part < 4; part++)
        {
            var dot = text.IndexOf((byte)'.');
            var digits = part == 3 ? text : dot < 0 ? default : text[..dot];

            // A leading zero means octal to some: such texts are refused.
            if (digits.Length is < 1 or > 3 || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') || (digits.Length > 1 && digits[0] == (byte)'0')
                || !Utf8Parser.TryParse(digits, out byte value, out var read) || read != digits.Length)
            {
                return false;
            }

            address = (address << 8) | value;
            text = dot < 0 ? default : text[(dot + 1)..];
        }

        return true;
    }

    private static bool TryParseIPv6(ReadOnlySpan<byte> text, out IpEndpoint address)
    {
        address = default;
        var gap = text.IndexOf("::"u8);
        var head = gap < 0 ? text : text[..gap];
        var tail = gap < 0 ? default : text[(gap + 2)..];
        if (!TryReadGroups(head, mayEndInIPv4: gap < 0, out var high, out var headGroups)
            || !TryReadGroups(tail, mayEndInIPv4: true, out var low, out var tailGroups)
            || (gap < 0 ? headGroups != Groups : headGroups + tailGroups > Groups - 1))
        {
            return false;
        }

        Debug.Assert(headGroups <= Groups, "more groups are refused");
        address = new IpEndpoint((headGroups == 0 ? UInt128.Zero : high << (16 * (Groups - headGroups))) | low, 0);
        return true;
    }

    private static bool TryReadGroups(ReadOnlySpan<byte> text, bool mayEndInIPv4, out UInt128 value, out int count)
    {
        value = UInt128.Zero;
        count = 0;
        if (text.IsEmpty)
        {
            return true;
        }

        while (true)
        {
            var colon = text.IndexOf((byte)':');
            var group = colon < 0 ? text : text[..colon];
            if (colon < 0 && mayEndInIPv4 && TryParseIPv4(group, out var four))
            {
                value = (value << 32) | four;
                count += 2;
                return count <= Groups;
            }

            if (group.Length is < 1 or > 4 || !Utf8Parser.TryParse(group, out ushort number, out var read, 'x') || read != group.Length)
            {
                return false;
            }

            value = (value << 16) | number;
            if (++count > Groups)
            {
                return false;
            }

            if (colon < 0)
            {
                return true;
            }

            text = text[(colon + 1)..];
        }
    }
}
