namespace NodeMesh.Daemon.Lifecycle;

/// <summary>Where the daemon is in its life.</summary>
internal enum DaemonPhase
{
    Starting,
    Running,
    Draining,
}
