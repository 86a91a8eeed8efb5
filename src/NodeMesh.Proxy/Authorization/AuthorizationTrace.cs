namespace NodeMesh.Proxy.Authorization;

/// <summary>A decision and how it came about, for <c>nodemeshctl explain</c>.</summary>
/// <param name="Decision">What was decided.</param>
/// <param name="Policies">Every policy that applies to the workload, in order of namespace and name.</param>
public sealed record AuthorizationTrace(AuthorizationDecision Decision, IReadOnlyList<PolicyTrace> Policies);
