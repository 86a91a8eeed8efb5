using System.Globalization;
using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>What one policy said about a connection or request.</summary>
/// <param name="Policy"><c>namespace/name</c>.</param>
/// <param name="Action">What the policy does when it matches.</param>
/// <param name="DryRun">True when it only counts.</param>
/// <param name="MatchedRule">The first rule that matched, or -1.</param>
/// <param name="Rules">Every rule of the policy.</param>
public sealed record PolicyTrace(string Policy, AuthorizationAction Action, bool DryRun, int MatchedRule, IReadOnlyList<RuleTrace> Rules)
{
    public bool Matched => MatchedRule >= 0;

    /// <summary>One sentence for the operator.</summary>
    public string Explanation
    {
        get
        {
            var head = $"{(DryRun ? "dry-run " : string.Empty)}{Action.ToString().ToUpperInvariant()} policy {Policy}";
            return (Matched, Rules.Count) switch
            {
                (true, _) => string.Create(CultureInfo.InvariantCulture, $"{head} matched by rule {MatchedRule}"),
                (false, 0) => $"{head} has no rules, so it matches nothing",
                _ => $"{head} did not match: {string.Join("; ", Rules.Select(rule => rule.Explanation))}",
            };
        }
    }
}
