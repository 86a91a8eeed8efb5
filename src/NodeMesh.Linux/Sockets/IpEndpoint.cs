using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NodeMesh.Linux.Sockets;

/// <summary>
/// An IP address and TCP port as plain value: no allocation to make, compare or hash. IPv4 is held as its IPv4-mapped IPv6 form
/// (RFC 4291 section 2.5.5.2), so a v4-mapped client and the same IPv4 client are one key.
/// </summary>
public readonly record struct IpEndpoint : ISpanFormattable
{
    private static readonly UInt128 MappedPrefix = new(0, 0x0000_FFFF_0000_0000);

    // In halves: with a UInt128 it would be aligned to 16 bytes, and take 32 for its 22. Every connection holds some.
    private readonly ulong _high;
    private readonly ulong _low;

    public IpEndpoint(UInt128 address, ushort port, uint scopeId = 0)
    {
        _high = (ulong)(address >> 64);
        _low = (ulong)address;
        Port = port;
        ScopeId = scopeId;
    }

    /// <summary>The 128-bit address in host order; IPv4 as ::ffff:a.b.c.d.</summary>
    public UInt128 Address => new(_high, _low);

    /// <summary>In host order.</summary>
    public ushort Port { get; init; }

    /// <summary>The interface index of a link-local IPv6 address, else 0.</summary>
    public uint ScopeId { get; init; }

    /// <summary>True for IPv4 and IPv4-mapped addresses.</summary>
    public bool IsIPv4 => (Address >> 32) == (MappedPrefix >> 32);

    /// <summary>True for 127.0.0.0/8 and ::1.</summary>
    public bool IsLoopback => IsIPv4 ? (byte)(Address >> 24) == 127 : Address == UInt128.One;

    /// <summary>True for 0.0.0.0 and ::.</summary>
    public bool IsAny => Address == UInt128.Zero || Address == MappedPrefix;

    public static IpEndpoint FromIPv4(uint hostOrderAddress, ushort port) => new(MappedPrefix | hostOrderAddress, port);

    public static IpEndpoint From(IPEndPoint endpoint) => From(endpoint.Address, (ushort)endpoint.Port);

    public static IpEndpoint From(IPAddress address, ushort port)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var written))
        {
            throw new ArgumentException($"{address} is neither IPv4 nor IPv6", nameof(address));
        }

        return written == 4
            ? FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes), port)
            : new IpEndpoint(BinaryPrimitives.ReadUInt128BigEndian(bytes), port, address.IsIPv6LinkLocal ? (uint)address.ScopeId : 0);
    }

    /// <summary>Reads <c>192.0.2.1:80</c> or <c>[2001:db8::1]:80</c>. An address without a port, or a host name, is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpEndpoint endpoint) => TryParse(text.AsSpan(), out endpoint);

    /// <summary>The same for characters that are no string.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpEndpoint endpoint)
    {
        endpoint = default;
        if (text.IsEmpty)
        {
            return false;
        }

        var colon = text.LastIndexOf(':');
        var bracketed = text[0] == '[';
        if (colon < 1 || (bracketed ? text[colon - 1] != ']' : text.IndexOf(':') != colon)
            || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || !IPAddress.TryParse(bracketed ? text[1..(colon - 1)] : text[..colon], out var address)
            || (address.AddressFamily == AddressFamily.InterNetworkV6) != bracketed)
        {
            return false;
        }

        endpoint = From(address, port);
        return true;
    }

    public IPAddress ToIPAddress()
    {
        if (IsIPv4)
        {
            Span<byte> four = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(four, (uint)Address);
            return new IPAddress(four);
        }

        Span<byte> sixteen = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(sixteen, Address);
        return new IPAddress(sixteen, ScopeId);
    }

    public IPEndPoint ToIPEndPoint() => new(ToIPAddress(), Port);

    public IpEndpoint WithPort(ushort port) => this with { Port = port };

    public override string ToString() => ToString(null, null);

    public string ToString(string? format, IFormatProvider? formatProvider)
    {
        Span<char> buffer = stackalloc char[64];
        return TryFormat(buffer, out var written, format, formatProvider) ? new string(buffer[..written]) : string.Empty;
    }

    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        var address = ToIPAddress();
        return IsIPv4
            ? destination.TryWrite(CultureInfo.InvariantCulture, $"{address}:{Port}", out charsWritten)
            : destination.TryWrite(CultureInfo.InvariantCulture, $"[{address}]:{Port}", out charsWritten);
    }
}
