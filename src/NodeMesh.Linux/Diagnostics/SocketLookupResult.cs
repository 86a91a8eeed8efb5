namespace NodeMesh.Linux.Diagnostics;

/// <summary>How a look-up ended.</summary>
/// <param name="Status">What the kernel said.</param>
/// <param name="Errno">The error number when <see cref="Status"/> is <see cref="SocketLookupStatus.Error"/>, else 0.</param>
public readonly record struct SocketLookupResult(SocketLookupStatus Status, int Errno = 0)
{
    public bool IsFound => Status == SocketLookupStatus.Found;

    internal static SocketLookupResult Failed(int errno) => new(SocketLookupStatus.Error, errno);

    /// <summary>What the kernel's answer comes to; a malformed one is an error of ours or of the kernel's, never "not found".</summary>
    internal static SocketLookupResult From(SocketAnswer answer, int errno) => answer switch
    {
        SocketAnswer.Found => new(SocketLookupStatus.Found),
        SocketAnswer.NotFound => new(SocketLookupStatus.NotFound),
        SocketAnswer.Unknown => new(SocketLookupStatus.Unknown),
        SocketAnswer.Error => Failed(errno),
        _ => Failed(NodeMesh.Linux.Errno.EBADMSG),
    };
}
