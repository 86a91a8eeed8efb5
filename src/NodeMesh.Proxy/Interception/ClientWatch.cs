using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Telemetry;
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
    private readonly ProxiedConnection _connection;
    private readonly IpEndpoint _dialled;

    public ClientWatch(ProxyLoop worker, ProxiedConnection connection, IpEndpoint dialled)
    {
        _worker = worker;
        _connection = connection;
        _dialled = dialled;
        worker.Loop.Arm(this, Period);
    }

    public void Dispose() => _worker.Loop.Disarm(this);

    protected override void OnExpired()
    {
        if (_worker.Attestor.IsAbandoned(_connection.Source, _dialled))
        {
            _connection.Abandon(RefusalCode.DownstreamClosed, "the client closed before its upstream was connected");
        }
        else
        {
            _worker.Loop.Arm(this, Period);
        }
    }
}
