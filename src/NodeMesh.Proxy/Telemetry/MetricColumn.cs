using System.Diagnostics;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>One metric of a <see cref="SeriesTable"/>: a name, and the cells it uses in every series of the table.</summary>
public abstract class MetricColumn
{
    private readonly SeriesTable _table;

    private protected MetricColumn(SeriesTable table, MetricDescription description, int offset)
    {
        _table = table;
        Description = description;
        Offset = offset;
    }

    public MetricDescription Description { get; }

    internal int Offset { get; }

    internal abstract int CellCount { get; }

    internal abstract void Write(ExpositionWriter writer, MetricCells cells, Series series);

    private protected int Cell(Series series)
    {
        Debug.Assert(ReferenceEquals(series.Table, _table), "the series belongs to another table");
        return series.FirstCell + Offset;
    }
}
