namespace NodeMesh.Proxy.Telemetry;

/// <summary>How many label sets a table may hold, and how long one may be idle before scrapes leave it out.</summary>
public sealed record SeriesLimits
{
    public static SeriesLimits Default { get; } = new();

    /// <summary>Label sets per table; more are folded into <c>other</c>.</summary>
    public int MaxSeries { get; init; } = 4096;

    /// <summary>Without a change for this long, a label set leaves the scrapes.</summary>
    public TimeSpan IdleExpiry { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A full table looks for forgotten label sets at most this often, besides at every scrape.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(10);
}
