using System.Diagnostics;
using System.Globalization;
using NodeMesh.Linux.Processes;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>
/// The small process between the service manager and the daemon (systemd/nodemeshd-launch). systemd begins a successor only once the main process
/// has ended: that is the launcher, which ends as soon as the daemon leaves it, and the daemon finishes what it carries meanwhile. One per process.
/// </summary>
internal sealed class Launcher
{
    private const string Variable = "NODEMESHD_LAUNCHER";

    private volatile bool _left;

    private Launcher(int pid) => Pid = pid;

    /// <summary>What the service manager takes for the daemon.</summary>
    public int Pid { get; }

    /// <summary>The launcher that started this process; null when none did.</summary>
    public static Launcher? Find()
    {
        var pid = ParentProcess.Id;
        if (!string.Equals(Environment.GetEnvironmentVariable(Variable), pid.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))
        {
            return null;
        }

        var launcher = new Launcher(pid);
        new Thread(launcher.Watch, maxStackSize: 64 * 1024) { IsBackground = true, Name = "launcher" }.Start();
        return launcher;
    }

    /// <summary>Lets the launcher end; this process goes on without one.</summary>
    public void Leave()
    {
        _left = true;
        ParentProcess.Signal(Pid);
    }

    /// <summary>Whoever ends the launcher by force means the daemon, and its successor is about to start.</summary>
    private void Watch()
    {
        ParentProcess.WaitForEnd(Pid);
        if (!_left)
        {
            Process.GetCurrentProcess().Kill();
        }
    }
}
