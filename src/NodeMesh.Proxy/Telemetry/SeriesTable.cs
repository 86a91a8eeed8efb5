using System.Buffers;
using System.Collections.Concurrent;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// Metrics that share a set of labels: the label sets are the rows (<see cref="Series"/>), the metrics the columns. A connection looks its
/// row up once and adds to any column of it. Looking up an existing row takes no lock and allocates nothing; any thread may.
/// In a table that expires, rows that nothing was added to for a while leave the scrapes, and are forgotten once no connection holds them; rows beyond the limit
/// are folded into one whose labels all say <c>other</c>.
/// </summary>
public sealed class SeriesTable
{
    private const string FoldedValue = "other";
    private const int StackKeyLength = 512;

    private readonly Lock _lock = new();
    private readonly MetricCells _cells;
    private readonly TimeProvider _time;
    private readonly SeriesLimits _limits;
    private readonly bool _expires;
    private readonly string[] _labels;
    private readonly List<MetricColumn> _columns = [];
    private readonly ConcurrentDictionary<string, SeriesSlot> _slots = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SeriesSlot>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private Series? _other;
    private int _cellCount;
    private long _folded;
    private DateTimeOffset _sweptAt;

    internal SeriesTable(MetricCells cells, TimeProvider time, SeriesLimits limits, bool expires, string[] labels)
    {
        _cells = cells;
        _time = time;
        _limits = limits;
        _expires = expires;
        _labels = labels;
        _lookup = _slots.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>How many look-ups were answered with the folded row because the table was full.</summary>
    public long Folded => Interlocked.Read(ref _folded);

    /// <summary>How many rows there are, shown or held.</summary>
    public int Count => _slots.Count;

    internal IReadOnlyList<MetricColumn> Columns => _columns;

    internal IReadOnlyList<string> Labels => _labels;

    public CounterColumn Counter(string name, string help, string unit = "") =>
        Add(offset => new CounterColumn(this, new MetricDescription(name, help, MetricType.Counter, unit), offset));

    public GaugeColumn Gauge(string name, string help, string unit = "") =>
        Add(offset => new GaugeColumn(this, new MetricDescription(name, help, MetricType.Gauge, unit), offset));

    /// <summary>A histogram of durations.</summary>
    public HistogramColumn Histogram(string name, string help) => Add(offset => new HistogramColumn(this, name, help, offset));

    /// <summary>A histogram of sizes in bytes.</summary>
    public SizeColumn Sizes(string name, string help) => Add(offset => new SizeColumn(this, name, help, offset));

    /// <summary>The row of a label set, made if it is new. Hold it for as long as there is something to add to it.</summary>
    /// <param name="values">One value for each label of the table, in its order.</param>
    public Series Resolve(params ReadOnlySpan<string> values)
    {
        if (values.Length != _labels.Length)
        {
            throw new ArgumentException($"{_labels.Length} label values are needed, {values.Length} were given", nameof(values));
        }

        var length = values.Length;
        foreach (var value in values)
        {
            length += value.Length;
        }

        var rented = length > StackKeyLength ? ArrayPool<char>.Shared.Rent(length) : null;
        var key = rented is null ? stackalloc char[StackKeyLength] : rented;
        var written = 0;
        foreach (var value in values)
        {
            // The length in front keeps ("ab", "c") and ("a", "bc") apart whatever the values hold.
            key[written++] = (char)value.Length;
            value.CopyTo(key[written..]);
            written += value.Length;
        }

        try
        {
            return _lookup.TryGetValue(key[..written], out var slot) && slot.Shown is { } shown ? shown : Create(key[..written], values);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }

    internal void Write(ExpositionWriter writer)
    {
        var shown = Sweep();
        if (shown.Count == 0)
        {
            return;
        }

        foreach (var column in _columns)
        {
            writer.Header(column.Description);
            foreach (var series in shown)
            {
                column.Write(writer, _cells, series);
            }
        }
    }

    private Series Create(ReadOnlySpan<char> key, ReadOnlySpan<string> values)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (_lookup.TryGetValue(key, out var slot) && slot.Alive is { } alive)
            {
                slot.Shown = alive;
                slot.ChangedAt = now;
                return alive;
            }

            if (slot is null && _slots.Count >= _limits.MaxSeries && now - _sweptAt >= _limits.SweepInterval)
            {
                Sweep();
            }

            if (slot is null && _slots.Count >= _limits.MaxSeries)
            {
                Interlocked.Increment(ref _folded);
                return _other ??= new Series(this, _cells.Take(_cellCount), RenderOther());
            }

            if (slot is not null)
            {
                _cells.Return(slot.FirstCell, _cellCount);
            }

            var series = new Series(this, _cells.Take(_cellCount), ExpositionWriter.RenderLabels(_labels, values));
            _slots[key.ToString()] = new SeriesSlot(series, now);
            return series;
        }
    }

    private byte[] RenderOther()
    {
        var values = new string[_labels.Length];
        Array.Fill(values, FoldedValue);
        return ExpositionWriter.RenderLabels(_labels, values);
    }

    /// <summary>Hides idle rows, shows again those that moved, forgets those nobody holds; returns what is shown.</summary>
    private List<Series> Sweep()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            _sweptAt = now;
            var shown = new List<Series>(_slots.Count + 1);
            foreach (var (key, slot) in _slots)
            {
                if (slot.Alive is not { } series)
                {
                    _slots.TryRemove(key, out _);
                    _cells.Return(slot.FirstCell, _cellCount);
                    continue;
                }

                if (Moved(slot, series))
                {
                    slot.ChangedAt = now;
                }

                slot.Shown = !_expires || now - slot.ChangedAt < _limits.IdleExpiry ? series : null;
                if (slot.Shown is not null)
                {
                    shown.Add(series);
                }
            }

            if (_other is not null)
            {
                shown.Add(_other);
            }

            return shown;
        }
    }

    private bool Moved(SeriesSlot slot, Series series)
    {
        var sum = 0L;
        for (var i = 0; i < _cellCount; i++)
        {
            sum += _cells.Sum(series.FirstCell + i);
        }

        var moved = sum != slot.LastSum;
        slot.LastSum = sum;
        foreach (var column in _columns)
        {
            moved |= column is GaugeColumn && _cells.Sum(series.FirstCell + column.Offset) != 0;
        }

        return moved;
    }

    private T Add<T>(Func<int, T> make)
        where T : MetricColumn
    {
        lock (_lock)
        {
            if (!_slots.IsEmpty)
            {
                throw new InvalidOperationException("metrics are declared before the first label set is resolved");
            }

            var column = make(_cellCount);
            _columns.Add(column);
            _cellCount += column.CellCount;
            return column;
        }
    }
}
