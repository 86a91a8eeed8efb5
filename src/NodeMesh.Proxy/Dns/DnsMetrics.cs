using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Dns;

/// <summary>Counts what the DNS server did and how long it took. One per server; any thread records and reads.</summary>
public sealed class DnsMetrics
{
    private static readonly DnsTransport[] Transports = Enum.GetValues<DnsTransport>();
    private static readonly DnsOutcome[] Outcomes = Enum.GetValues<DnsOutcome>();

    private readonly MeshMetrics _metrics;
    private readonly Series[] _series;
    private readonly long[] _counts;

    internal DnsMetrics(MeshMetrics metrics)
    {
        _metrics = metrics;
        _series = [.. from transport in Transports from outcome in Outcomes select metrics.Dns.Resolve(NameOf(transport), NameOf(outcome))];
        _counts = new long[_series.Length];
    }

    /// <summary>Messages with this outcome since the server was made, by either transport.</summary>
    public long Count(DnsOutcome outcome) => Transports.Sum(transport => Count(transport, outcome));

    public long Count(DnsTransport transport, DnsOutcome outcome) => Interlocked.Read(ref _counts[IndexOf(transport, outcome)]);

    internal void Record(DnsTransport transport, DnsOutcome outcome, TimeSpan duration)
    {
        var index = IndexOf(transport, outcome);
        Interlocked.Increment(ref _counts[index]);
        var shard = _metrics.Registry.Shared;
        _metrics.DnsQueries.Increment(shard, _series[index]);
        _metrics.DnsDuration.Record(shard, _series[index], duration);
    }

    private static int IndexOf(DnsTransport transport, DnsOutcome outcome) => ((int)transport * Outcomes.Length) + (int)outcome;

    private static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
