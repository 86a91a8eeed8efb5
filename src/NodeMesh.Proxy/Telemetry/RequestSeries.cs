namespace NodeMesh.Proxy.Telemetry;

/// <summary>The rows that a request with one set of labels and one outcome is counted in.</summary>
/// <param name="Total">Of <see cref="MeshMetrics.Requests"/>.</param>
/// <param name="Times">Of <see cref="MeshMetrics.RequestTimes"/>.</param>
public readonly record struct RequestSeries(Series Total, Series Times);
