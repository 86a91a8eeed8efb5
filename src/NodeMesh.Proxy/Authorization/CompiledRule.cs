using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>One rule, compiled: an entry of <c>from</c>, an entry of <c>to</c> and every condition must match. Immutable.</summary>
internal sealed class CompiledRule
{
    private readonly CompiledSource[] _from;
    private readonly CompiledOperation[] _to;
    private readonly CompiledCondition[] _when;
    private readonly UnknownAttribute _unknown;
    private readonly bool _needsHttp;

    internal CompiledRule(AuthorizationRule rule, string policyNamespace, UnknownAttribute unknown)
    {
        _from = [.. rule.From.AsEnumerable().Select(source => new CompiledSource(source, policyNamespace))];
        _to = [.. rule.To.AsEnumerable().Select(operation => new CompiledOperation(operation))];
        _when = [.. rule.When.AsEnumerable().Select(condition => new CompiledCondition(condition, policyNamespace))];
        _unknown = unknown;
        _needsHttp = rule.From.AsEnumerable().Any(source => source.NeedsHttp)
            || rule.To.AsEnumerable().Any(operation => operation.NeedsHttp)
            || rule.When.AsEnumerable().Any(condition => condition.NeedsHttp);
    }

    /// <summary>True when a field of the rule can be judged on HTTP requests only.</summary>
    internal bool NeedsHttp => _needsHttp;

    /// <summary>What does not match, as the field's path in the rule, or null when the rule matches.</summary>
    internal string? Mismatch(in ConnectionFacts facts, in RequestFacts request)
    {
        // On TCP an HTTP attribute is not known. A DENY takes it as matched, so that nothing slips by; an ALLOW is not given on a guess.
        if (!request.IsHttp && _needsHttp && _unknown == UnknownAttribute.NeverMatches)
        {
            return "an HTTP field, which TCP traffic does not have";
        }

        var mismatch = FromMismatch(facts, request) ?? ToMismatch(facts, request);
        for (var i = 0; mismatch is null && i < _when.Length; i++)
        {
            mismatch = _when[i].Mismatch(facts, request, _unknown);
        }

        return mismatch;
    }

    private string? FromMismatch(in ConnectionFacts facts, in RequestFacts request)
    {
        string? first = null;
        foreach (var source in _from)
        {
            var mismatch = source.Mismatch(facts, request, _unknown);
            if (mismatch is null)
            {
                return null;
            }

            first ??= mismatch;
        }

        return _from.Length > 1 ? "every source" : first;
    }

    private string? ToMismatch(in ConnectionFacts facts, in RequestFacts request)
    {
        string? first = null;
        foreach (var operation in _to)
        {
            var mismatch = operation.Mismatch(facts, request, _unknown);
            if (mismatch is null)
            {
                return null;
            }

            first ??= mismatch;
        }

        return _to.Length > 1 ? "every operation" : first;
    }
}
