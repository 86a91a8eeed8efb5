using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace NodeMesh.Proxy.Dns;

/// <summary>
/// Reads DNS messages (RFC 1035 section 4, RFC 6891). Pure; takes any bytes: every length is checked, a compression pointer must point
/// before everything read so far of its name, so loops end, and a name ends at 255 octets.
/// </summary>
internal static class DnsMessage
{
    public const int HeaderLength = 12;
    public const ushort InternetClass = 1;
    public const ushort MinUdpSize = 512;

    public const ushort FlagResponse = 0x8000;
    public const ushort FlagAuthoritative = 0x0400;
    public const ushort FlagTruncated = 0x0200;
    public const ushort FlagRecursionDesired = 0x0100;
    public const ushort FlagRecursionAvailable = 0x0080;
    public const ushort FlagCheckingDisabled = 0x0010;
    public const ushort OpcodeMask = 0x7800;

    private const int MaxNameLength = 255;
    private const int MaxAliases = 16;
    private const uint EdnsDnssecOk = 0x8000;

    public static ushort ReadId(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message);

    public static ushort ReadFlags(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message[2..]);

    /// <summary>The RCODE without its EDNS extension.</summary>
    public static DnsResponseCode ReadResponseCode(ReadOnlySpan<byte> message) => (DnsResponseCode)(ReadFlags(message) & 0xf);

    /// <summary>Writes a recursive query for a host name, with id 0: its length, or 0 when the name cannot be asked for.</summary>
    public static int WriteQuery(Span<byte> message, string name, DnsRecordType type)
    {
        message[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], FlagRecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], 1);
        var offset = HeaderLength;
        foreach (var label in name.AsSpan().Split('.'))
        {
            var text = name.AsSpan()[label];
            if (text.Length is 0 or > 63 || offset + text.Length > HeaderLength + MaxNameLength - 2
                || Ascii.FromUtf16(text, message[(offset + 1)..], out var written) != OperationStatus.Done)
            {
                return 0;
            }

            message[offset] = (byte)written;
            offset += 1 + written;
        }

        message[offset] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(message[(offset + 1)..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(message[(offset + 3)..], InternetClass);
        return offset + 5;
    }

    /// <summary>
    /// The addresses of one type that a response gives its own question's name, by way of its aliases, and how many seconds that holds. Only for
    /// what <see cref="IsAnswerTo"/> took.
    /// </summary>
    public static uint ReadAddresses(ReadOnlySpan<byte> message, in DnsQuery query, List<IPAddress> addresses)
    {
        var names = new List<string> { query.Name };
        var ttl = uint.MaxValue;

        // A chain of aliases may stand in any order: each round follows what the round before has found.
        for (var known = 0; known < names.Count && names.Count <= MaxAliases; known++)
        {
            var offset = HeaderLength + query.QuestionLength;
            for (var records = ReadCount(message, 1); records > 0 && TryReadRecord(message, ref offset, out var record); records--)
            {
                if (record.Class != InternetClass || !string.Equals(record.Name, names[known], StringComparison.Ordinal))
                {
                    continue;
                }

                var data = record.Data.Start.Value;
                if (record.Type == DnsRecordType.CNAME && TryReadName(message, ref data, allowPointers: true, out var alias) && !names.Contains(alias))
                {
                    names.Add(alias);
                    ttl = Math.Min(ttl, record.Ttl);
                }
                else if (record.Type == query.Type && message[record.Data].Length is 4 or 16)
                {
                    addresses.Add(new IPAddress(message[record.Data]));
                    ttl = Math.Min(ttl, record.Ttl);
                }
            }
        }

        return ttl;
    }

    /// <summary>Reads a query. Unless the status is Ignored, <paramref name="query"/> has at least the id and the flags.</summary>
    public static DnsQueryStatus ParseQuery(ReadOnlySpan<byte> message, out DnsQuery query)
    {
        query = default;
        if (message.Length < HeaderLength || (ReadFlags(message) & FlagResponse) != 0)
        {
            return DnsQueryStatus.Ignored;
        }

        query = new DnsQuery(ReadId(message), ReadFlags(message), string.Empty, default, 0, 0, HeaderLength, false, MinUdpSize, false);
        if ((query.Flags & OpcodeMask) != 0)
        {
            return DnsQueryStatus.NotImplemented;
        }

        // One question, no answers, and of the rest only OPT is looked at.
        var offset = HeaderLength;
        if (ReadCount(message, 0) != 1 || ReadCount(message, 1) != 0 || ReadCount(message, 2) != 0
            || !TryReadQuestion(message, ref offset, allowPointers: false, out var name, out var type, out var @class))
        {
            return DnsQueryStatus.Malformed;
        }

        query = query with { Name = name, Type = type, Class = @class, QuestionLength = offset - HeaderLength };
        var versions = DnsQueryStatus.Accepted;
        for (var records = ReadCount(message, 3); records > 0; records--)
        {
            if (!TryReadRecord(message, ref offset, out var record))
            {
                return DnsQueryStatus.Malformed;
            }

            if (record.Type != DnsRecordType.OPT)
            {
                continue;
            }

            if (query.HasEdns || record.Name.Length != 0)
            {
                return DnsQueryStatus.Malformed;
            }

            query = query with
            {
                HasEdns = true,
                UdpSize = Math.Max(record.Class, MinUdpSize),
                DnssecOk = (record.Ttl & EdnsDnssecOk) != 0,
            };
            if (((record.Ttl >> 16) & 0xff) != 0)
            {
                versions = DnsQueryStatus.BadVersion;
            }
        }

        query = query with { Length = offset };
        return versions;
    }

    /// <summary>
    /// True when a message is an answer to a query that was sent with <paramref name="id"/>: the id, the response bit, the opcode and the
    /// question are the same (names without regard to case), and all its records can be read.
    /// </summary>
    public static bool IsAnswerTo(ReadOnlySpan<byte> message, ushort id, in DnsQuery query)
    {
        var offset = HeaderLength;
        if (message.Length < HeaderLength || ReadId(message) != id || (ReadFlags(message) & (FlagResponse | OpcodeMask)) != FlagResponse
            || ReadCount(message, 0) != 1
            || !TryReadQuestion(message, ref offset, allowPointers: false, out var name, out var type, out var @class)
            || type != query.Type || @class != query.Class || !string.Equals(name, query.Name, StringComparison.Ordinal))
        {
            return false;
        }

        // A truncated answer may end anywhere: it is asked for again over TCP.
        if ((ReadFlags(message) & FlagTruncated) != 0)
        {
            return true;
        }

        for (var records = ReadCount(message, 1) + ReadCount(message, 2) + ReadCount(message, 3); records > 0; records--)
        {
            if (!TryReadRecord(message, ref offset, out _))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>One of the header's four counts: questions, answers, authority, additional.</summary>
    public static int ReadCount(ReadOnlySpan<byte> message, int section) => BinaryPrimitives.ReadUInt16BigEndian(message[(4 + (2 * section))..]);

    public static bool TryReadQuestion(
        ReadOnlySpan<byte> message, ref int offset, bool allowPointers, [NotNullWhen(true)] out string? name, out DnsRecordType type, out ushort @class)
    {
        type = default;
        @class = 0;
        if (!TryReadName(message, ref offset, allowPointers, out name) || message.Length - offset < 4)
        {
            return false;
        }

        type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(message[offset..]);
        @class = BinaryPrimitives.ReadUInt16BigEndian(message[(offset + 2)..]);
        offset += 4;
        return true;
    }

    public static bool TryReadRecord(ReadOnlySpan<byte> message, ref int offset, out DnsRecord record)
    {
        record = default;
        if (!TryReadName(message, ref offset, allowPointers: true, out var name) || message.Length - offset < 10)
        {
            return false;
        }

        var fields = message[offset..];
        var length = BinaryPrimitives.ReadUInt16BigEndian(fields[8..]);
        var data = offset + 10;
        if (length > message.Length - data)
        {
            return false;
        }

        record = new DnsRecord(
            name,
            (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(fields),
            BinaryPrimitives.ReadUInt16BigEndian(fields[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(fields[4..]),
            data..(data + length));
        offset = data + length;
        return true;
    }

    /// <summary>Reads a name and moves <paramref name="offset"/> behind it.</summary>
    public static bool TryReadName(ReadOnlySpan<byte> message, ref int offset, bool allowPointers, [NotNullWhen(true)] out string? name)
    {
        name = null;
        Span<char> text = stackalloc char[4 * MaxNameLength];
        var written = 0;
        var octets = 1;
        var position = offset;
        var before = offset;
        var end = -1;
        while (true)
        {
            if (position >= message.Length)
            {
                return false;
            }

            var length = message[position];
            if (length == 0)
            {
                offset = end < 0 ? position + 1 : end;
                name = new string(text[..written]);
                return true;
            }

            if ((length & 0xc0) == 0xc0)
            {
                if (!allowPointers || position + 1 >= message.Length)
                {
                    return false;
                }

                var target = ((length & 0x3f) << 8) | message[position + 1];
                if (target >= before)
                {
                    return false;
                }

                end = end < 0 ? position + 2 : end;
                before = target;
                position = target;
                continue;
            }

            octets += 1 + length;
            if (length > 63 || octets > MaxNameLength || length >= message.Length - position)
            {
                return false;
            }

            if (written > 0)
            {
                text[written++] = '.';
            }

            written += WriteLabel(message.Slice(position + 1, length), text[written..]);
            position += 1 + length;
        }
    }

    private static int WriteLabel(ReadOnlySpan<byte> label, Span<char> text)
    {
        var written = 0;
        foreach (var octet in label)
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'_' or (byte)'*')
            {
                text[written++] = char.ToLowerInvariant((char)octet);
            }
            else
            {
                // A dot inside a label is not a separator: RFC 1035 section 5.1 writes it \046.
                text[written] = '\\';
                text[written + 1] = (char)('0' + (octet / 100));
                text[written + 2] = (char)('0' + (octet / 10 % 10));
                text[written + 3] = (char)('0' + (octet % 10));
                written += 4;
            }
        }

        return written;
    }
}
