namespace NodeMesh.Proxy.Dns;

/// <summary>What a received message is worth.</summary>
internal enum DnsQueryStatus
{
    /// <summary>Not a query at all: answered by nothing, so that two servers cannot answer each other for ever.</summary>
    Ignored,

    /// <summary>A query that cannot be read: FORMERR.</summary>
    Malformed,

    /// <summary>Another opcode than QUERY: NOTIMP.</summary>
    NotImplemented,

    /// <summary>An EDNS version other than 0: BADVERS.</summary>
    BadVersion,

    Accepted,
}
