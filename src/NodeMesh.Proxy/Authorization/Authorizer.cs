using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// Judges connections to one workload by the policies that apply to it, with Istio's order: any DENY denies; without ALLOW policies it is
/// allowed; else one ALLOW must match. AUDIT and dry-run policies decide nothing. Compiled with the snapshot, immutable, used by every
/// loop; judging allocates nothing. The daemon's <c>explain</c> asks the same object.
/// </summary>
public sealed class Authorizer
{
    private readonly CompiledPolicy[] _policies;
    private readonly bool _hasDryRun;
    private readonly bool _unresolved;

    private Authorizer(CompiledPolicy[] policies, bool unresolved)
    {
        _policies = policies;
        _hasDryRun = Array.Exists(policies, policy => policy.DryRun && policy.Action != AuthorizationAction.Audit);
        _unresolved = unresolved;
    }

    /// <summary>Refuses everything: for a workload whose policies could not be resolved.</summary>
    public static Authorizer DenyAll { get; } = new([], unresolved: true);

    /// <summary>Compiles the policies that apply to the workload, in the order of namespace and name.</summary>
    public static Authorizer Compile(IEnumerable<AuthorizationPolicy> policies, Workload workload)
    {
        var applying = policies.Where(policy => policy.AppliesTo(workload))
            .OrderBy(policy => policy.Namespace, StringComparer.Ordinal)
            .ThenBy(policy => policy.Name, StringComparer.Ordinal)
            .Select(policy => new CompiledPolicy(policy));
        return new Authorizer([.. applying], unresolved: false);
    }

    public AuthorizationDecision Authorize(in ConnectionFacts facts) => new(
        Evaluate(facts, withDryRun: false),
        _hasDryRun ? Evaluate(facts, withDryRun: true) : null,
        Audit(facts));

    /// <summary>The decision with every policy that was looked at and why it did or did not match. For people: this allocates.</summary>
    public AuthorizationTrace Explain(in ConnectionFacts facts)
    {
        var policies = new List<PolicyTrace>(_policies.Length);
        foreach (var policy in _policies)
        {
            var rules = new List<RuleTrace>(policy.Rules.Length);
            foreach (var rule in policy.Rules)
            {
                rules.Add(new RuleTrace(rules.Count, rule.Mismatch(facts), rule.NeedsHttp));
            }

            policies.Add(new PolicyTrace(policy.Name, policy.Action, policy.DryRun, policy.Match(facts), rules));
        }

        return new AuthorizationTrace(Authorize(facts), policies);
    }

    private AuthorizationVerdict Evaluate(in ConnectionFacts facts, bool withDryRun)
    {
        if (_unresolved)
        {
            return new AuthorizationVerdict(false, AuthorizationReason.Unresolved);
        }

        if (FirstMatch(AuthorizationAction.Deny, facts, withDryRun, out var rule, out _) is { } denying)
        {
            return new AuthorizationVerdict(false, AuthorizationReason.DenyMatched, denying.Name, rule);
        }

        if (FirstMatch(AuthorizationAction.Allow, facts, withDryRun, out rule, out var applying) is { } allowing)
        {
            return new AuthorizationVerdict(true, AuthorizationReason.AllowMatched, allowing.Name, rule);
        }

        return applying == 0
            ? new AuthorizationVerdict(true, AuthorizationReason.NoAllowPolicies)
            : new AuthorizationVerdict(false, AuthorizationReason.NoAllowMatched);
    }

    private CompiledPolicy? FirstMatch(AuthorizationAction action, in ConnectionFacts facts, bool withDryRun, out int rule, out int applying)
    {
        applying = 0;
        rule = -1;
        foreach (var policy in _policies)
        {
            if (policy.Action != action || (policy.DryRun && !withDryRun))
            {
                continue;
            }

            applying++;
            rule = policy.Match(facts);
            if (rule >= 0)
            {
                return policy;
            }
        }

        return null;
    }

    private string? Audit(in ConnectionFacts facts) =>
        FirstMatch(AuthorizationAction.Audit, facts, withDryRun: true, out _, out _)?.Name;
}
