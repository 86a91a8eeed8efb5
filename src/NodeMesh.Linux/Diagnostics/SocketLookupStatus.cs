namespace NodeMesh.Linux.Diagnostics;

/// <summary>How a look-up of a socket's owner ended. Only <see cref="Found"/> proves who somebody is.</summary>
public enum SocketLookupStatus
{
    /// <summary>The kernel could not be asked or answered nonsense; see the errno.</summary>
    Error,

    /// <summary>A live socket with exactly this tuple, its user and its cgroup.</summary>
    Found,

    /// <summary>No connected socket has this tuple in this network namespace.</summary>
    NotFound,

    /// <summary>
    /// The tuple exists, but its owner cannot be told: TIME_WAIT, a handshake not yet accepted, a socket its process has closed already,
    /// or a kernel without socket cgroups. The owner may still carry a cgroup id, never a user.
    /// </summary>
    Unknown,
}
