namespace NodeMesh.Proxy.Dns;

/// <summary>Answers what the table decides. Pure: bytes in, bytes out; any thread.</summary>
internal static class DnsResponder
{
    private const uint Serial = 1;
    private const ushort AnyClass = 255;

    /// <summary>Writes a response without records; for what is refused or cannot be read.</summary>
    public static int Refuse(ReadOnlySpan<byte> request, in DnsQuery query, DnsResponseCode code, bool recursion, Span<byte> response) =>
        new DnsResponseWriter(response, request, query, recursion ? DnsMessage.FlagRecursionAvailable : (ushort)0).Finish(code);

    /// <summary>Writes an empty response with the TC bit: the client asks again over TCP.</summary>
    public static int Truncate(ReadOnlySpan<byte> request, in DnsQuery query, ReadOnlySpan<byte> whole, Span<byte> response)
    {
        var copied = DnsMessage.ReadFlags(whole) & (DnsMessage.FlagAuthoritative | DnsMessage.FlagRecursionAvailable);
        return new DnsResponseWriter(response, request, query, (ushort)(copied | DnsMessage.FlagTruncated)).Finish(DnsMessage.ReadResponseCode(whole));
    }

    /// <summary>Answers from the table; 0 when the name is somebody else's to answer.</summary>
    public static int Answer(ReadOnlySpan<byte> request, in DnsQuery query, DnsTable table, bool recursion, Span<byte> response)
    {
        var entry = table.Find(query.Name, out var isOurs);
        if (!isOurs)
        {
            return 0;
        }

        if (query.Class is not (DnsMessage.InternetClass or AnyClass) || query.Type is DnsRecordType.AXFR or DnsRecordType.IXFR)
        {
            return Refuse(request, query, DnsResponseCode.Refused, recursion, response);
        }

        var flags = DnsMessage.FlagAuthoritative | (recursion ? DnsMessage.FlagRecursionAvailable : 0);
        var writer = new DnsResponseWriter(response, request, query, (ushort)flags);
        if (entry is null)
        {
            writer.AddStartOfAuthority(table.Domain, Serial, table.Ttl, asAnswer: false);
            return writer.Finish(DnsResponseCode.NameError);
        }

        var any = query.Type == DnsRecordType.ANY;
        var answered = false;
        if (any || query.Type == DnsRecordType.A)
        {
            foreach (var address in entry.IPv4)
            {
                writer.AddAddress(address, table.Ttl);
                answered = true;
            }
        }

        if (any || query.Type == DnsRecordType.AAAA)
        {
            foreach (var address in entry.IPv6)
            {
                writer.AddAddress(address, table.Ttl);
                answered = true;
            }
        }

        if ((any || query.Type == DnsRecordType.PTR) && entry.Pointer is not null)
        {
            writer.AddName(DnsRecordType.PTR, entry.Pointer, table.Ttl);
            answered = true;
        }

        var apex = string.Equals(query.Name, table.Domain, StringComparison.Ordinal);
        if (apex && query.Type == DnsRecordType.NS)
        {
            writer.AddName(DnsRecordType.NS, table.Domain, table.Ttl);
            answered = true;
        }

        if (!answered)
        {
            var asked = query.Type == DnsRecordType.SOA || any;
            writer.AddStartOfAuthority(entry.Zone, Serial, table.Ttl, asAnswer: apex && asked);
        }

        return writer.Finish(DnsResponseCode.NoError);
    }
}
