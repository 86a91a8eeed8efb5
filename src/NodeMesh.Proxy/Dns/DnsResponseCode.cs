namespace NodeMesh.Proxy.Dns;

/// <summary>RCODEs (RFC 1035 section 4.1.1; BADVERS is RFC 6891 section 6.1.3 and needs EDNS).</summary>
internal enum DnsResponseCode : ushort
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
    BadVersion = 16,
}
