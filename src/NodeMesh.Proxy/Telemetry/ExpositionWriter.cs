using System.Buffers;
using System.Globalization;
using System.Text;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// Writes metric families as text into a buffer, in either <see cref="ExpositionFormat"/>. Made for one scrape and used by one thread.
/// </summary>
internal sealed class ExpositionWriter
{
    private readonly IBufferWriter<byte> _output;
    private readonly ExpositionFormat _format;

    internal ExpositionWriter(IBufferWriter<byte> output, ExpositionFormat format)
    {
        _output = output;
        _format = format;
    }

    /// <summary>Renders label pairs as <c>a="b",c="d"</c> with the values escaped.</summary>
    internal static byte[] RenderLabels(ReadOnlySpan<string> names, ReadOnlySpan<string> values)
    {
        var text = new StringBuilder();
        for (var i = 0; i < names.Length; i++)
        {
            text.Append(i == 0 ? string.Empty : ",").Append(names[i]).Append("=\"");
            AppendEscaped(text, values[i], quotes: true);
            text.Append('"');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The lines before a family's samples.</summary>
    internal void Header(MetricDescription metric)
    {
        var name = _format == ExpositionFormat.PrometheusText && metric.Type == MetricType.Counter ? metric.Name + "_total" : metric.Name;
        var text = new StringBuilder();
        text.Append("# HELP ").Append(name).Append(' ');
        AppendEscaped(text, metric.Help, quotes: _format == ExpositionFormat.OpenMetrics);
        text.Append("\n# TYPE ").Append(name).Append(' ').Append(TypeName(metric.Type)).Append('\n');
        if (_format == ExpositionFormat.OpenMetrics && metric.Unit.Length > 0)
        {
            text.Append("# UNIT ").Append(name).Append(' ').Append(metric.Unit).Append('\n');
        }

        Encoding.UTF8.GetBytes(text.ToString(), _output);
    }

    internal void Sample(MetricDescription metric, ReadOnlySpan<byte> labels, long value)
    {
        Name(metric.Name, metric.Type == MetricType.Counter ? "_total"u8 : default, labels);
        Number(value);
    }

    internal void Sample(MetricDescription metric, ReadOnlySpan<byte> labels, double value)
    {
        Name(metric.Name, metric.Type == MetricType.Counter ? "_total"u8 : default, labels);
        Number(value);
    }

    internal void Bucket(MetricDescription metric, ReadOnlySpan<byte> labels, ReadOnlySpan<byte> upperBound, long cumulative)
    {
        Encoding.UTF8.GetBytes(metric.Name, _output);
        _output.Write("_bucket{"u8);
        _output.Write(labels);
        _output.Write(labels.IsEmpty ? "le=\""u8 : ",le=\""u8);
        _output.Write(upperBound);
        _output.Write("\"} "u8);
        Number(cumulative);
    }

    internal void HistogramEnd(MetricDescription metric, ReadOnlySpan<byte> labels, long count, double sum)
    {
        Name(metric.Name, "_count"u8, labels);
        Number(count);
        Name(metric.Name, "_sum"u8, labels);
        Number(sum);
    }

    /// <summary>The end mark of OpenMetrics, without which a scrape counts as cut short.</summary>
    internal void End()
    {
        if (_format == ExpositionFormat.OpenMetrics)
        {
            _output.Write("# EOF\n"u8);
        }
    }

    private static string TypeName(MetricType type) => type switch
    {
        MetricType.Counter => "counter",
        MetricType.Gauge => "gauge",
        _ => "histogram",
    };

    // The Prometheus text format escapes quotes in label values only, OpenMetrics in help texts too.
    private static void AppendEscaped(StringBuilder text, string value, bool quotes)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '"' when quotes => text.Append("\\\""),
                _ => text.Append(c),
            };
        }
    }

    private void Name(string name, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> labels)
    {
        Encoding.UTF8.GetBytes(name, _output);
        _output.Write(suffix);
        if (!labels.IsEmpty)
        {
            _output.Write("{"u8);
            _output.Write(labels);
            _output.Write("}"u8);
        }

        _output.Write(" "u8);
    }

    private void Number(long value)
    {
        var span = _output.GetSpan(32);
        value.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        span[written] = (byte)'\n';
        _output.Advance(written + 1);
    }

    private void Number(double value)
    {
        if (!double.IsFinite(value))
        {
            _output.Write(double.IsNaN(value) ? "NaN\n"u8 : value > 0 ? "+Inf\n"u8 : "-Inf\n"u8);
            return;
        }

        var span = _output.GetSpan(64);
        value.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        span[written] = (byte)'\n';
        _output.Advance(written + 1);
    }
}
