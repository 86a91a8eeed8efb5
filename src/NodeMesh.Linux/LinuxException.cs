namespace NodeMesh.Linux;

/// <summary>A system call that failed where failing is not part of the normal course; the message names the call and the system's reason.</summary>
public sealed class LinuxException(string operation, int errno)
    : IOException($"{operation}: {NodeMesh.Linux.Errno.Describe(errno)} (errno {errno})")
{
    /// <summary>The error number, one of <see cref="NodeMesh.Linux.Errno"/>.</summary>
    public int Errno { get; } = errno;
}
