namespace NodeMesh.Proxy.Dns;

/// <summary>A query as read from the wire.</summary>
/// <param name="Id">The client's id.</param>
/// <param name="Flags">The second word of the header.</param>
/// <param name="Name">The name in lower case without the dot at the end; octets that are no plain host name octets as <c>\DDD</c>.</param>
/// <param name="Type">The record type asked for.</param>
/// <param name="Class">The class; 1 is the internet.</param>
/// <param name="QuestionLength">Length of the question section, which follows the header and is echoed as it came (0x20 case included).</param>
/// <param name="Length">Length of the message; what follows it is not part of the query.</param>
/// <param name="HasEdns">The query carries an OPT record (RFC 6891).</param>
/// <param name="UdpSize">The UDP payload the client takes: 512 without EDNS.</param>
/// <param name="DnssecOk">The DO bit.</param>
internal readonly record struct DnsQuery(
    ushort Id,
    ushort Flags,
    string Name,
    DnsRecordType Type,
    ushort Class,
    int QuestionLength,
    int Length,
    bool HasEdns,
    ushort UdpSize,
    bool DnssecOk);
