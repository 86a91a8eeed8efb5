using NodeMesh.Proxy.Configuration;
using NodeMesh.Spiffe;

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

    /// <summary>Why it was denied, in words.</summary>
    /// <param name="target">Whose policies decided.</param>
    /// <param name="peer">Who asked; null when nobody proved who it is.</param>
    internal string Describe(LocalWorkload target, SpiffeId? peer)
    {
        var who = peer?.ToString() ?? "a source without identity";
        return Reason switch
        {
            AuthorizationReason.DenyMatched => $"rule {RuleIndex} of the DENY policy {Policy} refuses {who}",
            AuthorizationReason.NoAllowMatched => $"no ALLOW policy of {target} lets {who} in",
            _ => $"the policies of {target} could not be resolved",
        };
    }
}
