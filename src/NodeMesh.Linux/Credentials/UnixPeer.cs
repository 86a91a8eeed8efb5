using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Credentials;

/// <summary>
/// Who is at the other end of a unix stream socket: the credentials the kernel took at connect() or listen(). Holds a pidfd where the kernel
/// gives one (SO_PEERPIDFD, 6.5), so that what is read from <c>/proc/PID</c> can be tied to this very process: read, then ask
/// <see cref="IsSameProcess"/>. Owned by whoever handles the connection; disposed with it.
/// </summary>
public sealed class UnixPeer : IDisposable
{
    private readonly SafeFileHandle? _pidFd;

    private UnixPeer(int pid, uint uid, uint gid, SafeFileHandle? pidFd)
    {
        Pid = pid;
        Uid = uid;
        Gid = gid;
        _pidFd = pidFd;
    }

    /// <summary>The pid in this pid namespace, 0 when the peer is outside it.</summary>
    public int Pid { get; }

    public uint Uid { get; }

    public uint Gid { get; }

    /// <summary>False on kernels before 6.5, where a pid may be reused unseen.</summary>
    public bool HoldsProcess => _pidFd is not null;

    /// <summary>
    /// True while the process that connected is alive, hence still owns its pid; false when it ended. Without a pidfd this is always false:
    /// compare start times instead.
    /// </summary>
    public unsafe bool IsSameProcess
    {
        get
        {
            if (_pidFd is null)
            {
                return false;
            }

            var poll = new CredentialsInterop.PollDescriptor
            {
                Descriptor = _pidFd.DangerousGetHandle().ToInt32(),
                Events = CredentialsInterop.POLLIN,
            };
            int ready;
            do
            {
                ready = CredentialsInterop.Poll(&poll, 1, 0);
            }
            while (ready < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);

            // A pidfd becomes readable when its process ends.
            return ready == 0;
        }
    }

    /// <exception cref="Win32Exception">The socket is not a connected unix socket.</exception>
    public static unsafe UnixPeer Of(SafeHandle socket)
    {
        CredentialsInterop.Ucred credentials;
        var length = (uint)sizeof(CredentialsInterop.Ucred);
        if (LibC.getsockopt(socket, LibC.SOL_SOCKET, LibC.SO_PEERCRED, &credentials, &length) != 0)
        {
            throw Failure("cannot read the peer's credentials (SO_PEERCRED)");
        }

        // The kernel answers uid -1 for a socket of another family or without a peer.
        if (length != sizeof(CredentialsInterop.Ucred) || credentials.Uid == uint.MaxValue)
        {
            throw new Win32Exception("the socket has no peer credentials: it is not a connected unix socket");
        }

        int pidFd;
        length = sizeof(int);
        var holds = LibC.getsockopt(socket, LibC.SOL_SOCKET, LibC.SO_PEERPIDFD, &pidFd, &length) == 0 && length == sizeof(int);
        return new UnixPeer(credentials.Pid, credentials.Uid, credentials.Gid, holds ? new SafeFileHandle(pidFd, ownsHandle: true) : null);
    }

    /// <summary>The peer process' present cgroup id (PIDFD_GET_INFO, 6.13); false on older kernels and when the process has ended.</summary>
    public unsafe bool TryGetCgroupId(out ulong cgroupId)
    {
        cgroupId = 0;
        if (_pidFd is null)
        {
            return false;
        }

        var info = new CredentialsInterop.PidFdInfo { Mask = CredentialsInterop.PIDFD_INFO_PID | CredentialsInterop.PIDFD_INFO_CGROUPID };
        if (CredentialsInterop.ControlPidFd(_pidFd, CredentialsInterop.PIDFD_GET_INFO, &info) != 0
            || (info.Mask & CredentialsInterop.PIDFD_INFO_CGROUPID) == 0)
        {
            return false;
        }

        cgroupId = info.CgroupId;
        return cgroupId != 0;
    }

    public void Dispose() => _pidFd?.Dispose();

    private static Win32Exception Failure(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new Win32Exception(errno, $"{what}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }
}
