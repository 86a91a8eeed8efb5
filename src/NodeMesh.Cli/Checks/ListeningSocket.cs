namespace NodeMesh.Cli.Checks;

/// <summary>A TCP port in use by a listener of this machine.</summary>
/// <param name="Port">The port.</param>
/// <param name="Inode">What the kernel knows the socket by.</param>
internal readonly record struct ListeningSocket(int Port, ulong Inode);
