namespace NodeMesh.Controller.Serving;

/// <summary>Marks a connection to the metrics address.</summary>
internal sealed class MetricsPeer
{
    public static MetricsPeer Instance { get; } = new();
}
