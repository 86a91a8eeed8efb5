using System.Text;

namespace NodeMesh.Http.Headers;

/// <summary>Translates between <see cref="KnownHeader"/> and the bytes of its name (lower case, as HTTP/2 carries it). Immutable, any thread.</summary>
public static class KnownHeaders
{
    private const int Slots = 256;

    private static readonly byte[][] Names =
    [
        [],
        ":authority"u8.ToArray(),
        ":method"u8.ToArray(),
        ":path"u8.ToArray(),
        ":scheme"u8.ToArray(),
        ":status"u8.ToArray(),
        "accept-charset"u8.ToArray(),
        "accept-encoding"u8.ToArray(),
        "accept-language"u8.ToArray(),
        "accept-ranges"u8.ToArray(),
        "accept"u8.ToArray(),
        "access-control-allow-origin"u8.ToArray(),
        "age"u8.ToArray(),
        "allow"u8.ToArray(),
        "authorization"u8.ToArray(),
        "cache-control"u8.ToArray(),
        "content-disposition"u8.ToArray(),
        "content-encoding"u8.ToArray(),
        "content-language"u8.ToArray(),
        "content-length"u8.ToArray(),
        "content-location"u8.ToArray(),
        "content-range"u8.ToArray(),
        "content-type"u8.ToArray(),
        "cookie"u8.ToArray(),
        "date"u8.ToArray(),
        "etag"u8.ToArray(),
        "expect"u8.ToArray(),
        "expires"u8.ToArray(),
        "from"u8.ToArray(),
        "host"u8.ToArray(),
        "if-match"u8.ToArray(),
        "if-modified-since"u8.ToArray(),
        "if-none-match"u8.ToArray(),
        "if-range"u8.ToArray(),
        "if-unmodified-since"u8.ToArray(),
        "last-modified"u8.ToArray(),
        "link"u8.ToArray(),
        "location"u8.ToArray(),
        "max-forwards"u8.ToArray(),
        "proxy-authenticate"u8.ToArray(),
        "proxy-authorization"u8.ToArray(),
        "range"u8.ToArray(),
        "referer"u8.ToArray(),
        "refresh"u8.ToArray(),
        "retry-after"u8.ToArray(),
        "server"u8.ToArray(),
        "set-cookie"u8.ToArray(),
        "strict-transport-security"u8.ToArray(),
        "transfer-encoding"u8.ToArray(),
        "user-agent"u8.ToArray(),
        "vary"u8.ToArray(),
        "via"u8.ToArray(),
        "www-authenticate"u8.ToArray(),
        ":protocol"u8.ToArray(),
        "connection"u8.ToArray(),
        "keep-alive"u8.ToArray(),
        "proxy-connection"u8.ToArray(),
        "upgrade"u8.ToArray(),
        "te"u8.ToArray(),
        "trailer"u8.ToArray(),
        "baggage"u8.ToArray(),
        "forwarded"u8.ToArray(),
        "traceparent"u8.ToArray(),
        "tracestate"u8.ToArray(),
        "x-request-id"u8.ToArray(),
        "x-forwarded-for"u8.ToArray(),
        "x-forwarded-host"u8.ToArray(),
        "x-forwarded-proto"u8.ToArray(),
        "x-forwarded-client-cert"u8.ToArray(),
        "origin"u8.ToArray(),
        "priority"u8.ToArray(),
        "grpc-timeout"u8.ToArray(),
        "grpc-status"u8.ToArray(),
        "grpc-message"u8.ToArray(),
        "nodemesh-refused"u8.ToArray(),
    ];

    // Open addressing over the few names; the slots hold enum values, 0 is empty.
    private static readonly byte[] Index = BuildIndex();

    /// <summary>How many names are known; the enum values are 1 to this.</summary>
    public static int Count => Names.Length - 1;

    /// <summary>The bytes of the name; empty for <see cref="KnownHeader.None"/>.</summary>
    public static ReadOnlySpan<byte> Name(KnownHeader header) => Names[(int)header];

    /// <summary>Whether the name is a pseudo-header field (RFC 9113, 8.3).</summary>
    public static bool IsPseudo(KnownHeader header) =>
        header is (>= KnownHeader.Authority and <= KnownHeader.Status) or KnownHeader.Protocol;

    /// <summary>Finds the number of a lower-case name; <see cref="KnownHeader.None"/> when it has none.</summary>
    public static KnownHeader Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return KnownHeader.None;
        }
        for (int slot = Hash(name); ; slot = (slot + 1) % Slots)
        {
            byte candidate = Index[slot];
            if (candidate == 0)
            {
                return KnownHeader.None;
            }
            if (name.SequenceEqual(Names[candidate]))
            {
                return (KnownHeader)candidate;
            }
        }
    }

    /// <summary>Finds the number of a name in any case, as HTTP/1.1 carries it.</summary>
    public static KnownHeader FindIgnoreCase(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return KnownHeader.None;
        }
        for (int slot = Hash(name); ; slot = (slot + 1) % Slots)
        {
            byte candidate = Index[slot];
            if (candidate == 0)
            {
                return KnownHeader.None;
            }
            if (Ascii.EqualsIgnoreCase(name, Names[candidate]))
            {
                return (KnownHeader)candidate;
            }
        }
    }

    // Upper and lower case of a letter differ in one bit, which '-' and ':' have too: both cases hash alike.
    private static int Hash(ReadOnlySpan<byte> name) =>
        ((name.Length * 41) + (Lower(name[0]) * 7) + (Lower(name[^1]) * 23) + (Lower(name[name.Length / 2]) * 13)) % Slots;

    private static int Lower(byte value) => value | 0x20;

    private static byte[] BuildIndex()
    {
        var index = new byte[Slots];
        for (int id = 1; id < Names.Length; id++)
        {
            int slot = Hash(Names[id]);
            while (index[slot] != 0)
            {
                slot = (slot + 1) % Slots;
            }
            index[slot] = (byte)id;
        }
        return index;
    }
}
