namespace NodeMesh.Resources.Authorization;

/// <summary>
/// Who may call the selected workloads. Any matching DENY denies; else, where an ALLOW policy applies, one of them must match; AUDIT never
/// decides. A policy without rules matches nothing, so an ALLOW policy without rules lets nobody in.
/// </summary>
public sealed record AuthorizationPolicy : WorkloadPolicy
{
    public override string Kind => "AuthorizationPolicy";

    public AuthorizationAction Action { get; init; }

    /// <summary>True: what the policy would have decided is logged and counted, and decides nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>The policy matches when one rule does.</summary>
    public ValueList<AuthorizationRule> Rules { get; init; } = [];
}
