namespace NodeMesh.Linux.Processes;

/// <summary>One process, told apart from a later one with the same pid by its start time.</summary>
/// <param name="Pid">The process id as seen in this pid namespace.</param>
/// <param name="StartTime">Clock ticks since boot.</param>
/// <param name="Executable">The program it runs.</param>
public readonly record struct ProcessIdentity(int Pid, ulong StartTime, ProcessExecutable Executable);
