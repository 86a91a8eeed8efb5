namespace NodeMesh.Proxy.Dns;

/// <summary>What the DNS server did since it was made. Any thread adds and reads.</summary>
public sealed class DnsCounters
{
    private long _queries;
    private long _answeredLocally;
    private long _forwarded;
    private long _failed;
    private long _refused;
    private long _malformed;

    /// <summary>Messages that were queries.</summary>
    public long Queries => Interlocked.Read(ref _queries);

    /// <summary>Answered from the table, NXDOMAIN and no-data included.</summary>
    public long AnsweredLocally => Interlocked.Read(ref _answeredLocally);

    /// <summary>Answered by an upstream server.</summary>
    public long Forwarded => Interlocked.Read(ref _forwarded);

    /// <summary>SERVFAIL, because no upstream server answered.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Turned down: too many at once, no upstream server configured, or a kind of query that is not served.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Messages that could not be read.</summary>
    public long Malformed => Interlocked.Read(ref _malformed);

    internal void CountQuery() => Interlocked.Increment(ref _queries);

    internal void CountAnsweredLocally() => Interlocked.Increment(ref _answeredLocally);

    internal void CountForwarded() => Interlocked.Increment(ref _forwarded);

    internal void CountFailed() => Interlocked.Increment(ref _failed);

    internal void CountRefused() => Interlocked.Increment(ref _refused);

    internal void CountMalformed() => Interlocked.Increment(ref _malformed);
}
