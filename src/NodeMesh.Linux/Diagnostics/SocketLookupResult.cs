namespace NodeMesh.Linux.Diagnostics;

/// <summary>How a look-up ended.</summary>
/// <param name="Status">What the kernel said.</param>
/// <param name="Errno">The error number when <see cref="Status"/> is <see cref="SocketLookupStatus.Error"/>, else 0.</param>
public readonly record struct SocketLookupResult(SocketLookupStatus Status, int Errno = 0)
{
    public bool IsFound => Status == SocketLookupStatus.Found;
}
