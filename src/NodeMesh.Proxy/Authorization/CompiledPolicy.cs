using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>An AuthorizationPolicy, compiled for evaluation. Immutable; evaluating allocates nothing.</summary>
internal sealed class CompiledPolicy
{
    private readonly CompiledRule[] _rules;

    internal CompiledPolicy(AuthorizationPolicy policy)
    {
        Name = $"{policy.Namespace}/{policy.Name}";
        Action = policy.Action;
        DryRun = policy.DryRun;
        var unknown = policy.Action == AuthorizationAction.Deny ? UnknownAttribute.Matches : UnknownAttribute.NeverMatches;
        _rules = [.. policy.Rules.AsEnumerable().Select(rule => new CompiledRule(rule, policy.Namespace, unknown))];
        NeedsHttp = Array.Exists(_rules, rule => rule.NeedsHttp);
    }

    /// <summary><c>namespace/name</c>.</summary>
    internal string Name { get; }

    internal AuthorizationAction Action { get; }

    internal bool DryRun { get; }

    /// <summary>True when a rule has a field that can be judged on HTTP requests only.</summary>
    internal bool NeedsHttp { get; }

    internal ReadOnlySpan<CompiledRule> Rules => _rules;

    /// <summary>The first rule that matches, or -1.</summary>
    internal int Match(in ConnectionFacts facts, in RequestFacts request)
    {
        for (var i = 0; i < _rules.Length; i++)
        {
            if (_rules[i].Mismatch(facts, request) is null)
            {
                return i;
            }
        }

        return -1;
    }
}
