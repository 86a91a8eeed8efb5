using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Health;

/// <summary>
/// Turns probe results into health: so many failures in a row make a healthy target unhealthy, so many successes an unhealthy one healthy.
/// Begins healthy, so that a start of the daemon is no outage. Pure logic; one check owns it.
/// </summary>
internal sealed class HealthCheckState
{
    private int _streak;

    internal bool IsHealthy { get; private set; } = true;

    /// <summary>Takes a result; true when it changed <see cref="IsHealthy"/>.</summary>
    internal bool Record(bool success, HealthCheck check)
    {
        _streak = success == IsHealthy ? 0 : _streak + 1;
        if (_streak == 0 || _streak < (success ? check.HealthyThreshold : check.UnhealthyThreshold))
        {
            return false;
        }

        IsHealthy = success;
        _streak = 0;
        return true;
    }
}
