using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Attestation;

/// <summary>What attestation found out about a local client. Kept with its connection, to match it again when the workloads change.</summary>
/// <param name="Status">What may be concluded from it.</param>
/// <param name="Workload">Who it is; null unless matched.</param>
/// <param name="Process">The process; nothing of it is known when it is not attested.</param>
/// <param name="Doubt">Why it could not be attested; null when it was.</param>
internal readonly record struct AttestedSource(AttestationStatus Status, LocalWorkload? Workload, ProcessFacts Process, string? Doubt)
{
    public bool IsAttested => Status != AttestationStatus.Unattested;

    public static AttestedSource Of(LocalWorkload? workload, in ProcessFacts process) =>
        new(workload is null ? AttestationStatus.Unmatched : AttestationStatus.Matched, workload, process, null);

    public static AttestedSource Unattested(string doubt) => new(AttestationStatus.Unattested, null, default, doubt);

    /// <summary>
    /// The same process under another configuration; null when that hangs on its program, which nobody looked at when it connected. By now the
    /// process may run another one, so it cannot be made up for.
    /// </summary>
    public AttestedSource? MatchAgain(MeshSnapshot snapshot)
    {
        if (!IsAttested)
        {
            return this;
        }

        var match = snapshot.Match(Process);
        return match.NeedsExecutable ? null : Of(match.Workload, Process);
    }

    /// <summary>The process in words, for a refusal.</summary>
    public string Describe() => !IsAttested
        ? $"a process that could not be told ({Doubt})"
        : Process.CgroupPath is null ? $"a process of uid {Process.Uid}" : $"a process of uid {Process.Uid} in cgroup {Process.CgroupPath}";
}
