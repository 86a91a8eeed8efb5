namespace NodeMesh.Linux.Processes;

/// <summary>The program file of a process.</summary>
/// <param name="Path">As the kernel prints it, without its " (deleted)".</param>
/// <param name="Deleted">The file was removed or replaced since the process started, as an upgrade does.</param>
/// <param name="Verified">
/// The file at that path in this process' own file system is the very one that runs (device and inode). False when deleted, and when the
/// process lives in a mount namespace where the same path is another file: then the path proves nothing.
/// </param>
public readonly record struct ProcessExecutable(string Path, bool Deleted, bool Verified);
