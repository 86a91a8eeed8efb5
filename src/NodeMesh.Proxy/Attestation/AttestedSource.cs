using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Attestation;

/// <summary>What attestation found out about a local client.</summary>
/// <param name="Workload">Who it is; null when no Workload claims the process, or the kernel could not tell.</param>
/// <param name="Uid">The user of the socket, <see cref="uint.MaxValue"/> when not known.</param>
/// <param name="CgroupPath">The cgroup, null when not known.</param>
internal readonly record struct AttestedSource(LocalWorkload? Workload, uint Uid, string? CgroupPath)
{
    public static AttestedSource Unknown => new(null, uint.MaxValue, null);

    /// <summary>Whether the kernel knew the owner of the socket.</summary>
    public bool IsKnown => Uid != uint.MaxValue;

    /// <summary>The process in words, for a refusal: who it was that no Workload claims.</summary>
    public string Describe() => !IsKnown
        ? "a process that the kernel could not name"
        : CgroupPath is null ? $"a process of uid {Uid}" : $"a process of uid {Uid} in cgroup {CgroupPath}";
}
