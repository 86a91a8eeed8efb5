using System.Text;

namespace NodeMesh.Cli.Output;

/// <summary>
/// Aligned columns without borders, which eyes and awk both read. Lines are never wrapped or cut: what is piped is whole. Filled and
/// written by one command.
/// </summary>
internal sealed class Table(params string[] headers)
{
    private const int Gap = 3;
    private readonly List<Cell[]> _rows = [];

    public int Count => _rows.Count;

    public void Add(params ReadOnlySpan<Cell> row)
    {
        if (row.Length != headers.Length)
        {
            throw new ArgumentException($"a row has {row.Length} cells, the table {headers.Length} columns", nameof(row));
        }

        _rows.Add(row.ToArray());
    }

    /// <summary>The same with a column more on the right, whose cells stand in the order of the rows.</summary>
    public Table With(string header, IReadOnlyList<Cell> cells)
    {
        var table = new Table([.. headers, header]);
        for (var i = 0; i < _rows.Count; i++)
        {
            table.Add([.. _rows[i], cells[i]]);
        }

        return table;
    }

    /// <summary>The table, each line ended.</summary>
    /// <param name="palette">Colours of the cells.</param>
    /// <param name="indent">Spaces before each line.</param>
    public string Render(Palette palette, int indent = 0)
    {
        var text = new StringBuilder();
        var widths = headers.Select((header, column) => _rows.Select(row => row[column].Shown.Length).Append(header.Length).Max()).ToArray();
        Append(text, headers.Select(header => new Cell(header)).ToArray(), widths, palette, indent);
        foreach (var row in _rows)
        {
            Append(text, row, widths, palette, indent);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Cell[] row, int[] widths, Palette palette, int indent)
    {
        text.Append(' ', indent);
        for (var i = 0; i < row.Length; i++)
        {
            text.Append(palette.Paint(row[i].Shown, row[i].Tone));
            if (i < row.Length - 1)
            {
                text.Append(' ', widths[i] - row[i].Shown.Length + Gap);
            }
        }

        text.Append('\n');
    }
}
