namespace NodeMesh.Proxy.Telemetry;

/// <summary>The two text formats a scrape may ask for.</summary>
public enum ExpositionFormat
{
    /// <summary>Prometheus text 0.0.4, for whoever does not ask for OpenMetrics; what <c>promtool check metrics</c> reads.</summary>
    PrometheusText,

    /// <summary>OpenMetrics 1.0.0, with units and an end mark.</summary>
    OpenMetrics,
}
