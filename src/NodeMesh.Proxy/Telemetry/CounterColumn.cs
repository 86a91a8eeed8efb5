namespace NodeMesh.Proxy.Telemetry;

/// <summary>A count that only grows, per label set.</summary>
public sealed class CounterColumn : MetricColumn
{
    internal CounterColumn(SeriesTable table, MetricDescription description, int offset)
        : base(table, description, offset)
    {
    }

    internal override int CellCount => 1;

    public void Increment(MetricShard shard, Series series) => Add(shard, series, 1);

    public void Add(MetricShard shard, Series series, long amount)
    {
        shard.Add(Cell(series), amount);

        // The cells may be given to another label set once the collector finds the series unreachable: not before the add is done.
        GC.KeepAlive(series);
    }

    internal override void Write(ExpositionWriter writer, MetricCells cells, Series series) =>
        writer.Sample(Description, series.Labels, cells.Sum(Cell(series)));
}
