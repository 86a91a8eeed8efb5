namespace NodeMesh.Linux.Diagnostics;

/// <summary>
/// Who made a socket, as the kernel recorded it at socket(): a descriptor handed to another process keeps its maker's uid and cgroup.
/// </summary>
/// <param name="Uid">The user, or <see cref="NoUid"/> when the kernel no longer knows it. Never 0 by default: 0 is root.</param>
/// <param name="Inode">The socket's inode, as in <c>/proc/PID/fd</c>; 0 when no process holds the socket any more.</param>
/// <param name="CgroupId">The cgroup v2 id; 0 when unknown.</param>
/// <param name="State">The TCP state at the time of the answer.</param>
public readonly record struct SocketOwner(uint Uid, uint Inode, ulong CgroupId, TcpState State)
{
    /// <summary>The kernel's own "no user": (uid_t)-1 can belong to nobody.</summary>
    public const uint NoUid = uint.MaxValue;

    /// <summary>Nobody, as answered when nothing is known.</summary>
    public static SocketOwner Nobody { get; } = new(NoUid, 0, 0, TcpState.None);
}
