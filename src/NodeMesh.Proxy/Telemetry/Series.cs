namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// One label set of a <see cref="SeriesTable"/>: the handle a connection resolves once and adds to for as long as it lives. Adding through a
/// column costs one array access and one add. While anyone holds it, its counts are kept, even if it has been idle for long enough to be
/// left out of scrapes.
/// </summary>
public sealed class Series
{
    internal Series(SeriesTable table, int firstCell, byte[] labels)
    {
        Table = table;
        FirstCell = firstCell;
        Labels = labels;
    }

    internal SeriesTable Table { get; }

    internal int FirstCell { get; }

    /// <summary>The label pairs as exposition text, <c>a="b",c="d"</c>.</summary>
    internal byte[] Labels { get; }
}
