namespace NodeMesh.Proxy.Health;

/// <summary>When passive health takes an endpoint out, and for how long.</summary>
public sealed record OutlierOptions
{
    /// <summary>Connects that fail in a row.</summary>
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>The first ejection lasts this long, the n-th n times as long.</summary>
    public TimeSpan BaseEjectionTime { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan MaxEjectionTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Of a service's endpoints; one may always go.</summary>
    public int MaxEjectedPercent { get; init; } = 10;
}
