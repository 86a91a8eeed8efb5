using NodeMesh.Daemon.Logging;
using NodeMesh.Linux.Systemd;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>Tells systemd how many connections are left while the daemon drains. Lives as long as the draining, on its thread.</summary>
internal sealed class DrainProgress(SystemdNotifier systemd) : IProgress<int>
{
    private int _said = -1;

    public void Report(int value)
    {
        if (value != _said)
        {
            _said = value;
            systemd.Status($"Draining: {Counted.Text(value, "connection")} left");
        }
    }
}
