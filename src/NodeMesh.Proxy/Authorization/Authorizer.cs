using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// Judges connections and HTTP requests to one workload by the policies that apply to it, with Istio's order: any DENY denies; without ALLOW policies it is
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
        NeedsHttp = Array.Exists(policies, policy => policy.NeedsHttp);
    }

    /// <summary>
    /// True when a policy looks at HTTP requests. When none does, every request of a connection is judged like the connection, once
    /// (<see cref="RequestAuthorization"/>).
    /// </summary>
    public bool NeedsHttp { get; }

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

    /// <summary>Judges a connection that carries no HTTP, or none that the mesh can read.</summary>
    public AuthorizationDecision Authorize(in ConnectionFacts facts) => Authorize(facts, default);

    /// <summary>Judges one request.</summary>
    public AuthorizationDecision Authorize(in ConnectionFacts facts, in RequestFacts request) => new(
        Evaluate(facts, request, withDryRun: false),
        _hasDryRun ? Evaluate(facts, request, withDryRun: true) : null,
        Audit(facts, request));

    /// <summary>As <see cref="Explain(in ConnectionFacts, in RequestFacts)"/>, of a connection without HTTP.</summary>
    public AuthorizationTrace Explain(in ConnectionFacts facts) => Explain(facts, default);

    /// <summary>The decision with every policy that was looked at and why it did or did not match. For people: this allocates.</summary>
    public AuthorizationTrace Explain(in ConnectionFacts facts, in RequestFacts request)
    {
        var policies = new List<PolicyTrace>(_policies.Length);
        foreach (var policy in _policies)
        {
            var rules = new List<RuleTrace>(policy.Rules.Length);
            foreach (var rule in policy.Rules)
            {
                rules.Add(new RuleTrace(rules.Count, rule.Mismatch(facts, request), rule.NeedsHttp, OnTcp: !request.IsHttp));
            }

            policies.Add(new PolicyTrace(policy.Name, policy.Action, policy.DryRun, policy.Match(facts, request), rules));
        }

        return new AuthorizationTrace(Authorize(facts, request), policies);
    }

    private AuthorizationVerdict Evaluate(in ConnectionFacts facts, in RequestFacts request, bool withDryRun)
    {
        if (_unresolved)
        {
            return new AuthorizationVerdict(false, AuthorizationReason.Unresolved);
        }

        if (FirstMatch(AuthorizationAction.Deny, facts, request, withDryRun, out var rule, out _) is { } denying)
        {
            return new AuthorizationVerdict(false, AuthorizationReason.DenyMatched, denying.Name, rule);
        }

        if (FirstMatch(AuthorizationAction.Allow, facts, request, withDryRun, out rule, out var applying) is { } allowing)
        {
            return new AuthorizationVerdict(true, AuthorizationReason.AllowMatched, allowing.Name, rule);
        }

        return applying == 0
            ? new AuthorizationVerdict(true, AuthorizationReason.NoAllowPolicies)
            : new AuthorizationVerdict(false, AuthorizationReason.NoAllowMatched);
    }

    private CompiledPolicy? FirstMatch(
        AuthorizationAction action, in ConnectionFacts facts, in RequestFacts request, bool withDryRun, out int rule, out int applying)
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
            rule = policy.Match(facts, request);
            if (rule >= 0)
            {
                return policy;
            }
        }

        return null;
    }

    private string? Audit(in ConnectionFacts facts, in RequestFacts request) =>
        FirstMatch(AuthorizationAction.Audit, facts, request, withDryRun: true, out _, out _)?.Name;
}
