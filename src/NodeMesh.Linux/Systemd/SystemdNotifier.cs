using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace NodeMesh.Linux.Systemd;

/// <summary>
/// Tells systemd how the service is (sd_notify(3)): one datagram per call to the socket that NOTIFY_SOCKET names. One per process, kept for
/// its life; thread-safe. Without NOTIFY_SOCKET every call does nothing and succeeds, so that the program also runs by hand.
/// A failed notification is reported to the caller, never thrown: it must not end a daemon that works.
/// </summary>
public sealed class SystemdNotifier : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _manager;
    private volatile bool _silent;

    /// <param name="notifySocket">The value of NOTIFY_SOCKET: an absolute path, or <c>@name</c> in the abstract namespace; null for none.</param>
    /// <exception cref="FormatException">The value is neither.</exception>
    public SystemdNotifier(string? notifySocket)
    {
        if (string.IsNullOrEmpty(notifySocket))
        {
            return;
        }

        if (notifySocket.Length < 2 || notifySocket[0] is not ('/' or '@'))
        {
            throw new FormatException($"NOTIFY_SOCKET is \"{notifySocket}\": expected an absolute path or @name");
        }

        _manager = new UnixDomainSocketEndPoint(notifySocket[0] == '@' ? $"\0{notifySocket.AsSpan(1)}" : notifySocket);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    }

    /// <summary>False when nobody listens: not started by systemd, or not as Type=notify, or no longer its daemon.</summary>
    public bool IsEnabled => _socket is not null && !_silent;

    /// <summary>A notifier for the socket that the environment names.</summary>
    public static SystemdNotifier FromEnvironment() => new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

    public SocketError Ready(string? status = null) => Send("READY=1", status);

    /// <summary>Starts a reload (Type=notify-reload); <see cref="Ready"/> ends it.</summary>
    public SocketError Reloading(string? status = null) =>
        Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={SystemdInterop.MonotonicMicroseconds()}"), status);

    public SocketError Stopping(string? status = null) => Send("STOPPING=1", status);

    /// <summary>The one line that <c>systemctl status</c> shows.</summary>
    public SocketError Status(string status) => Send(null, status);

    public SocketError WatchdogPing() => Send("WATCHDOG=1", null);

    public SocketError MainPid(int pid) => Send(string.Create(CultureInfo.InvariantCulture, $"MAINPID={pid}"), null);

    /// <summary>Asks for more time to start, reload or stop, counted from now.</summary>
    public SocketError ExtendTimeout(TimeSpan time) =>
        Send(string.Create(CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={(long)time.TotalMicroseconds}"), null);

    /// <summary>Puts a copy of a descriptor into the store of this service, from which a later process gets it (<see cref="SystemdSocket"/>).</summary>
    /// <param name="name">At most 255 printable ASCII characters, no colon.</param>
    public SocketError StoreDescriptor(int descriptor, string name) => Send($"FDSTORE=1\nFDNAME={name}", null, descriptor);

    /// <summary>Takes the descriptors of this name out of the store.</summary>
    public SocketError RemoveDescriptor(string name) => Send($"FDSTOREREMOVE=1\nFDNAME={name}", null);

    /// <summary>Says no more: another process speaks for the service now.</summary>
    public void Silence() => _silent = true;

    public void Dispose() => _socket?.Dispose();

    private SocketError Send(string? assignments, string? status, int? descriptor = null)
    {
        if (_socket is null || _silent)
        {
            return SocketError.Success;
        }

        var message = new StringBuilder(assignments);
        if (status is not null)
        {
            // A newline inside would begin another assignment.
            message.Append(message.Length == 0 ? "STATUS=" : "\nSTATUS=").Append(status.ReplaceLineEndings(" "));
        }

        try
        {
            var bytes = Encoding.UTF8.GetBytes(message.ToString());
            if (descriptor is { } passed)
            {
                return SystemdInterop.SendWithDescriptor(_socket.SafeHandle, _manager!.Serialize(), bytes, passed);
            }

            _socket.SendTo(bytes, _manager!);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
