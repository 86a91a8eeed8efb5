using System.Buffers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Sniffing;

/// <summary>
/// Tells HTTP from other protocols by a client's first bytes. It says HTTP/1 only when the whole request line has been seen, so that what merely
/// begins like one is carried as it is; it says no as soon as no continuation could be HTTP.
/// </summary>
public static class ProtocolSniffer
{
    /// <summary>The longest request line that is waited for, in bytes.</summary>
    public const int MaxRequestLine = 8 * 1024;

    private const int MaxMethod = 32;

    private static readonly SearchValues<byte> MethodBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <param name="start">All that has been received so far.</param>
    public static SniffedProtocol Guess(ReadOnlySpan<byte> start)
    {
        var preface = Http2Connection.ClientPreface;
        var common = Math.Min(start.Length, preface.Length);
        if (start[..common].SequenceEqual(preface[..common]))
        {
            return common == preface.Length ? SniffedProtocol.Http2 : SniffedProtocol.Unknown;
        }

        // Empty lines before a request are allowed (RFC 9112, section 2.2).
        var line = start.TrimStart("\r\n"u8);
        var method = line.IndexOfAnyExcept(MethodBytes);
        if (method < 0)
        {
            return line.Length > MaxMethod ? SniffedProtocol.Other : SniffedProtocol.Unknown;
        }

        if (method is 0 or > MaxMethod || line[method] != (byte)' ')
        {
            return SniffedProtocol.Other;
        }

        var end = line.IndexOf((byte)'\n');
        if (end < 0)
        {
            return line.Length > MaxRequestLine || HasControl(line) ? SniffedProtocol.Other : SniffedProtocol.Unknown;
        }

        var version = line[..end].TrimEnd((byte)'\r');
        version = version[(version.LastIndexOf((byte)' ') + 1)..];
        return version.StartsWith("HTTP/1."u8) ? SniffedProtocol.Http1 : SniffedProtocol.Other;
    }

    private static bool HasControl(ReadOnlySpan<byte> line) => line.TrimEnd((byte)'\r').ContainsAnyInRange((byte)0, (byte)31);
}
