namespace NodeMesh.Proxy.Telemetry;

/// <summary>The metric types of OpenMetrics that are used here.</summary>
public enum MetricType
{
    Counter,
    Gauge,
    Histogram,
}
