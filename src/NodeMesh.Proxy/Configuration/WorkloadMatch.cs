namespace NodeMesh.Proxy.Configuration;

/// <summary>The answer of <see cref="WorkloadMatcher"/>.</summary>
/// <param name="Workload">The workload the process belongs to, or null.</param>
/// <param name="NeedsExecutable">
/// True when the answer hangs on the executable, which was not given: look it up (empty if it cannot be told) and ask again.
/// </param>
public readonly record struct WorkloadMatch(LocalWorkload? Workload, bool NeedsExecutable = false);
