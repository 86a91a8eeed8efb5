using System.Globalization;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// Chooses the format of a scrape by its Accept header. The two differ in how a counter is named in its TYPE line, so no single text is
/// valid in both.
/// </summary>
public static class ExpositionFormats
{
    private const string OpenMetricsType = "application/openmetrics-text";

    /// <summary>OpenMetrics if the client names it with a quality above zero, else Prometheus text.</summary>
    /// <param name="accept">The Accept header as received, or null.</param>
    public static ExpositionFormat Choose(string? accept)
    {
        foreach (var range in (accept ?? string.Empty).Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0].Equals(OpenMetricsType, StringComparison.OrdinalIgnoreCase) && !Array.Exists(parts, IsRefusal))
            {
                return ExpositionFormat.OpenMetrics;
            }
        }

        return ExpositionFormat.PrometheusText;
    }

    /// <summary>The Content-Type to answer with.</summary>
    public static string ContentType(ExpositionFormat format) => format == ExpositionFormat.OpenMetrics
        ? OpenMetricsType + "; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";

    private static bool IsRefusal(string parameter) =>
        parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase)
        && double.TryParse(parameter.AsSpan(2), NumberStyles.Float, CultureInfo.InvariantCulture, out var quality)
        && quality <= 0;
}
