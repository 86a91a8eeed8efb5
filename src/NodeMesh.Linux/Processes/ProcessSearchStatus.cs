namespace NodeMesh.Linux.Processes;

/// <summary>How the search for the process behind a socket ended.</summary>
public enum ProcessSearchStatus
{
    /// <summary>No process of the cgroup holds the socket.</summary>
    NotFound,

    /// <summary>A process holds the socket, and its start time was the same before and after the look.</summary>
    Found,

    /// <summary>Some process' descriptors may not be read: needs the same user or CAP_SYS_PTRACE.</summary>
    Denied,

    /// <summary>The cgroup has more processes or descriptors than may be looked at.</summary>
    LimitReached,
}
