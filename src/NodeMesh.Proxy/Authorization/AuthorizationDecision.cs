namespace NodeMesh.Proxy.Authorization;

/// <summary>What was decided about a connection, and what would have been.</summary>
/// <param name="Verdict">What holds.</param>
/// <param name="DryRun">What would hold if the dry-run policies were enforced; null when no dry-run policy applies.</param>
/// <param name="Audit">The first AUDIT policy that matched, as <c>namespace/name</c>; it decides nothing.</param>
public readonly record struct AuthorizationDecision(AuthorizationVerdict Verdict, AuthorizationVerdict? DryRun = null, string? Audit = null)
{
    public bool Allowed => Verdict.Allowed;

    public string? Policy => Verdict.Policy;

    public int RuleIndex => Verdict.RuleIndex;

    public AuthorizationReason Reason => Verdict.Reason;
}
