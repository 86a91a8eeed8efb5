using System.Globalization;

namespace NodeMesh.EndToEnd.Tests.Mesh;

/// <summary>One scrape of a daemon's metrics, in the Prometheus text format.</summary>
internal sealed class MetricSamples(string text)
{
    public string Text => text;

    /// <summary>The sum of a metric over all label sets that hold every one of the given pairs, such as <c>result="matched"</c>.</summary>
    public double Sum(string name, params string[] labels) => text.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is '{' or ' ')
        .Where(line => labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}
