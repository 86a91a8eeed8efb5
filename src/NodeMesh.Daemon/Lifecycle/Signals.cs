using System.Runtime.InteropServices;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>
/// SIGTERM and SIGINT end the daemon, and end it at once when one comes again; SIGHUP reloads. Registered for as long as the daemon runs;
/// handlers run on the thread pool.
/// </summary>
internal sealed class Signals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _end;
    private readonly Action _endAtOnce;
    private int _ends;

    public Signals(Action end, Action endAtOnce, Action reload)
    {
        _end = end;
        _endAtOnce = endAtOnce;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnEnd),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnEnd),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                reload();
            }),
        ];
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void OnEnd(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _ends) == 1)
        {
            _end();
        }
        else
        {
            _endAtOnce();
        }
    }
}
