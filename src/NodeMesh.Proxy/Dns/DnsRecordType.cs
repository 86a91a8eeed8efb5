namespace NodeMesh.Proxy.Dns;

/// <summary>Record types as the IANA registry numbers them; only those that are treated specially here.</summary>
internal enum DnsRecordType : ushort
{
    A = 1,
    NS = 2,
    CNAME = 5,
    SOA = 6,
    PTR = 12,
    AAAA = 28,
    OPT = 41,
    IXFR = 251,
    AXFR = 252,
    ANY = 255,
}
