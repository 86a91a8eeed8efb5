namespace NodeMesh.Resources.Workloads;

/// <summary>How the workload's own daemon finds out whether the application serves.</summary>
public sealed record HealthCheck
{
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>So many successes in a row make an unhealthy workload healthy.</summary>
    public int HealthyThreshold { get; init; } = 1;

    /// <summary>So many failures in a row make a healthy workload unhealthy.</summary>
    public int UnhealthyThreshold { get; init; } = 3;

    public required TcpHealthCheck Tcp { get; init; }
}
