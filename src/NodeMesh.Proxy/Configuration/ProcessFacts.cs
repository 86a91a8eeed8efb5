namespace NodeMesh.Proxy.Configuration;

/// <summary>What attestation found out about the process behind a socket.</summary>
/// <param name="Uid">The user the socket was made by.</param>
/// <param name="CgroupPath">The cgroup v2 path with leading slash, or null when it is not known.</param>
/// <param name="SystemdUnit">The system unit of that cgroup with its suffix, or null.</param>
/// <param name="Executable">
/// The absolute path of the program, empty when it was looked for and could not be told for certain, or null when nobody looked yet.
/// </param>
public readonly record struct ProcessFacts(uint Uid, string? CgroupPath, string? SystemdUnit, string? Executable = null);
