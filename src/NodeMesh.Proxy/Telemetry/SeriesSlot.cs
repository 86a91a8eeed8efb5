namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// What a table remembers of a label set. The strong reference is dropped when the series is idle; the weak one then tells whether a
/// connection still holds it. Touched under the table's lock, except for the reads of <see cref="SeriesTable.Resolve"/>.
/// </summary>
internal sealed class SeriesSlot
{
    private readonly WeakReference<Series> _weak;

    internal SeriesSlot(Series series, DateTimeOffset now)
    {
        _weak = new WeakReference<Series>(series);
        Shown = series;
        FirstCell = series.FirstCell;
        ChangedAt = now;
    }

    /// <summary>The series while scrapes show it, else null.</summary>
    internal Series? Shown { get; set; }

    internal int FirstCell { get; }

    internal long LastSum { get; set; }

    internal DateTimeOffset ChangedAt { get; set; }

    internal Series? Alive => Shown ?? (_weak.TryGetTarget(out var series) ? series : null);
}
