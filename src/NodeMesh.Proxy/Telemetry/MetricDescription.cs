namespace NodeMesh.Proxy.Telemetry;

/// <summary>What a scrape says about a metric before its samples.</summary>
/// <param name="Name">The OpenMetrics family name: without <c>_total</c>, with its unit as the last word if it has one.</param>
/// <param name="Help">One sentence for the operator.</param>
/// <param name="Type">Counter, gauge or histogram.</param>
/// <param name="Unit"><c>seconds</c>, <c>bytes</c>, or empty.</param>
public sealed record MetricDescription(string Name, string Help, MetricType Type, string Unit = "");
