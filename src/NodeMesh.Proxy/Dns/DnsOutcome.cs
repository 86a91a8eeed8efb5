namespace NodeMesh.Proxy.Dns;

/// <summary>What became of a message.</summary>
public enum DnsOutcome
{
    /// <summary>Answered from the table, NXDOMAIN and no-data included.</summary>
    Answered,

    /// <summary>Answered by an upstream server.</summary>
    Forwarded,

    /// <summary>Turned down: too many at once, no upstream server configured, or a kind of query that is not served.</summary>
    Refused,

    /// <summary>SERVFAIL, because no upstream server answered.</summary>
    Failed,

    /// <summary>It could not be read.</summary>
    Malformed,
}
