namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// A number of things that exist now, per label set: added to when one comes, subtracted from when it goes, on whichever loop that happens.
/// A series with a gauge that is not zero never goes idle.
/// </summary>
public sealed class GaugeColumn : MetricColumn
{
    internal GaugeColumn(SeriesTable table, MetricDescription description, int offset)
        : base(table, description, offset)
    {
    }

    internal override int CellCount => 1;

    public void Add(MetricShard shard, Series series, long amount)
    {
        shard.Add(Cell(series), amount);

        // The cells may be given to another label set once the collector finds the series unreachable: not before the add is done.
        GC.KeepAlive(series);
    }

    internal override void Write(ExpositionWriter writer, MetricCells cells, Series series) =>
        writer.Sample(Description, series.Labels, cells.Sum(Cell(series)));
}
