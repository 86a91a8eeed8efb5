using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Interception;

/// <summary>
/// Notices that a local client has closed its socket while its upstream is still being connected. On the wire a close looks like the mere end of its
/// half, after which it may still want the answer; but the kernel knows whether a process holds the socket. Made per captured connection, on its
/// loop, for as long as the connect lasts.
/// </summary>
internal sealed class ClientWatch : LoopTimer, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly ProxyLoop _worker;
    private readonly IpEndpoint _client;
    private readonly IpEndpoint _dialled;
    private readonly Action _gone;

    /// <param name="client">The client socket's own address.</param>
    /// <param name="dialled">What it is connected to, as the kernel knows it.</param>
    /// <param name="gone">Runs once, when no process holds the socket any more.</param>
    public ClientWatch(ProxyLoop worker, IpEndpoint client, IpEndpoint dialled, Action gone)
    {
        _worker = worker;
        _client = client;
        _dialled = dialled;
        _gone = gone;
        worker.Loop.Arm(this, Period);
    }

    public void Dispose() => _worker.Loop.Disarm(this);

    protected override void OnExpired()
    {
        if (_worker.Attestor.IsAbandoned(_client, _dialled))
        {
            _gone();
        }
        else
        {
            _worker.Loop.Arm(this, Period);
        }
    }
}
