using System.Buffers.Binary;
using System.Net;

namespace NodeMesh.Proxy.Dns;

/// <summary>
/// Writes one response into a buffer of the caller's: header, the question as it came, answers, authority, OPT. What does not fit turns
/// into an empty answer with the TC bit, after which a client asks again over TCP (RFC 2181 section 9).
/// </summary>
internal ref struct DnsResponseWriter
{
    /// <summary>The UDP payload that crosses any usual link unfragmented (RFC 9715).</summary>
    public const ushort OwnUdpSize = 1232;

    private const int OptLength = 11;
    private const ushort PointerToQuestion = 0xc000 | DnsMessage.HeaderLength;

    private readonly Span<byte> _buffer;
    private readonly DnsQuery _query;
    private readonly int _limit;
    private int _length;
    private ushort _flags;
    private ushort _answers;
    private ushort _authorities;
    private bool _truncated;

    /// <param name="buffer">At least 512 octets; the response never grows beyond it.</param>
    /// <param name="request">The message that <paramref name="query"/> was read from.</param>
    /// <param name="query">The query.</param>
    /// <param name="flags">Flags besides those copied from the query, such as AA and RA.</param>
    public DnsResponseWriter(Span<byte> buffer, ReadOnlySpan<byte> request, in DnsQuery query, ushort flags)
    {
        _buffer = buffer;
        _query = query;
        _limit = buffer.Length - (query.HasEdns ? OptLength : 0);
        _flags = (ushort)(flags | DnsMessage.FlagResponse
            | (query.Flags & (DnsMessage.OpcodeMask | DnsMessage.FlagRecursionDesired | DnsMessage.FlagCheckingDisabled)));
        _length = DnsMessage.HeaderLength + query.QuestionLength;
        request.Slice(DnsMessage.HeaderLength, query.QuestionLength).CopyTo(buffer[DnsMessage.HeaderLength..]);
    }

    /// <summary>The room that a response to this client has: what it takes over UDP, bounded by <see cref="OwnUdpSize"/>.</summary>
    public static int UdpLimit(in DnsQuery query) => Math.Min(query.UdpSize, OwnUdpSize);

    public void AddAddress(IPAddress address, uint ttl)
    {
        Span<byte> data = stackalloc byte[16];
        address.TryWriteBytes(data, out var length);
        if (TryBegin(2, length, length == 4 ? DnsRecordType.A : DnsRecordType.AAAA, ttl, string.Empty))
        {
            data[..length].CopyTo(_buffer[_length..]);
            _length += length;
            _answers++;
        }
    }

    public void AddName(DnsRecordType type, string target, uint ttl)
    {
        var length = EncodedLength(target);
        if (TryBegin(2, length, type, ttl, string.Empty))
        {
            WriteName(target);
            _answers++;
        }
    }

    /// <summary>
    /// The zone's SOA: as an answer when it was asked for, else in the authority section, where its last field says how long "there is no
    /// such thing" may be remembered (RFC 2308 section 3).
    /// </summary>
    public void AddStartOfAuthority(string zone, uint serial, uint ttl, bool asAnswer)
    {
        // The mailbox of a zone that nobody runs by hand, as resolvers write it for local zones.
        const string mailbox = "nobody.invalid";
        var ownerLength = EncodedLength(zone);
        if (!TryBegin(ownerLength, ownerLength + EncodedLength(mailbox) + 20, DnsRecordType.SOA, ttl, zone))
        {
            return;
        }

        WriteName(zone);
        WriteName(mailbox);
        Write32(serial);
        Write32(3600);
        Write32(600);
        Write32(86_400);
        Write32(ttl);
        if (asAnswer)
        {
            _answers++;
        }
        else
        {
            _authorities++;
        }
    }

    /// <summary>Writes header and OPT; returns the length of the response.</summary>
    public int Finish(DnsResponseCode code)
    {
        if (_truncated)
        {
            _length = DnsMessage.HeaderLength + _query.QuestionLength;
            _answers = 0;
            _authorities = 0;
            _flags |= DnsMessage.FlagTruncated;
        }

        BinaryPrimitives.WriteUInt16BigEndian(_buffer, _query.Id);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[2..], (ushort)(_flags | ((ushort)code & 0xf)));
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[4..], (ushort)(_query.QuestionLength > 0 ? 1 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[6..], _answers);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[8..], _authorities);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[10..], (ushort)(_query.HasEdns ? 1 : 0));
        if (_query.HasEdns)
        {
            _buffer[_length++] = 0;
            Write16((ushort)DnsRecordType.OPT);
            Write16(OwnUdpSize);
            Write32(((uint)code >> 4 << 24) | (_query.DnssecOk ? 0x8000u : 0));
            Write16(0);
        }

        return _length;
    }

    /// <summary>Octets of a name on the wire, uncompressed.</summary>
    private static int EncodedLength(string name) => name.Length == 0 ? 1 : name.Length + 2;

    /// <summary>Writes owner and fixed fields of a record, if it fits whole; an empty owner is the question's name.</summary>
    private bool TryBegin(int ownerLength, int dataLength, DnsRecordType type, uint ttl, string owner)
    {
        if (_truncated || _length + ownerLength + 10 + dataLength > _limit)
        {
            _truncated = true;
            return false;
        }

        if (owner.Length == 0)
        {
            Write16(PointerToQuestion);
        }
        else
        {
            WriteName(owner);
        }

        Write16((ushort)type);
        Write16(DnsMessage.InternetClass);
        Write32(ttl);
        Write16((ushort)dataLength);
        return true;
    }

    private void WriteName(string name)
    {
        foreach (var range in name.AsSpan().Split('.'))
        {
            var label = name.AsSpan(range);
            if (label.Length == 0)
            {
                continue;
            }

            _buffer[_length++] = (byte)label.Length;
            foreach (var c in label)
            {
                _buffer[_length++] = (byte)c;
            }
        }

        _buffer[_length++] = 0;
    }

    private void Write16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[_length..], value);
        _length += 2;
    }

    private void Write32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer[_length..], value);
        _length += 4;
    }
}
