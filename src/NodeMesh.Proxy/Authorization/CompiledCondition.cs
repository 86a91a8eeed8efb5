using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Authorization;

/// <summary>One entry of <c>when</c>, compiled. Immutable; evaluating allocates nothing.</summary>
internal sealed class CompiledCondition
{
    private readonly ConditionAttribute _attribute;
    private readonly StringMatcher _values;
    private readonly StringMatcher _notValues;
    private readonly NetworkMatcher _networks;
    private readonly NetworkMatcher _notNetworks;
    private readonly PortMatcher _ports;
    private readonly PortMatcher _notPorts;
    private readonly HeaderMatcher? _header;
    private readonly string _name;
    private readonly string _notName;

    internal CompiledCondition(AuthorizationCondition condition, string policyNamespace)
    {
        _attribute = condition.Key.Attribute;
        _values = new StringMatcher(Canonical(condition.Values, policyNamespace));
        _notValues = new StringMatcher(Canonical(condition.NotValues, policyNamespace));
        _networks = new NetworkMatcher(condition.Networks);
        _notNetworks = new NetworkMatcher(condition.NotNetworks);
        _ports = new PortMatcher(condition.Ports);
        _notPorts = new PortMatcher(condition.NotPorts);
        _name = $"when[{condition.Key}].values";
        _notName = $"when[{condition.Key}].notValues";
        _header = _attribute == ConditionAttribute.RequestHeader
            ? new HeaderMatcher(condition.Key.Names[0], condition.Values, condition.NotValues, _name, _notName)
            : null;
    }

    /// <summary>What does not match, or null when it does. Without a request, HTTP attributes are judged by the rule.</summary>
    internal string? Mismatch(in ConnectionFacts facts, in RequestFacts request, UnknownAttribute unknown)
    {
        var peer = facts.Peer;
        return _attribute switch
        {
            ConditionAttribute.SourceIp => AttributeMatch.Mismatch(_networks, _notNetworks, facts.Source, _name, _notName),
            ConditionAttribute.DestinationIp => AttributeMatch.Mismatch(_networks, _notNetworks, facts.Destination, _name, _notName),
            ConditionAttribute.DestinationPort => AttributeMatch.Mismatch(_ports, _notPorts, facts.Destination.Port, _name, _notName),
            ConditionAttribute.SourcePrincipal => Strings(peer?.ToString(), unknown),
            ConditionAttribute.SourceNamespace => Strings(peer?.Namespace, unknown),
            ConditionAttribute.SourceTrustDomain => Strings(peer?.TrustDomain.Name, unknown),
            ConditionAttribute.ConnectionSni => Strings(facts.ServerName, unknown),
            ConditionAttribute.SourceServiceAccount => ServiceAccount(peer, unknown),
            _ => request.IsHttp ? HttpMismatch(request, unknown) : null,
        };
    }

    private string? HttpMismatch(in RequestFacts request, UnknownAttribute unknown) => _attribute switch
    {
        ConditionAttribute.RequestHeader => _header!.Mismatch(request.Headers, unknown),
        ConditionAttribute.RemoteIp => AttributeMatch.Mismatch(_networks, _notNetworks, request.Remote, _name, _notName),
        _ => AttributeMatch.TokenMismatch(_values.IsEmpty ? _notName : _name, unknown),
    };

    private ValueList<StringPattern> Canonical(ValueList<StringPattern> patterns, string policyNamespace) => _attribute switch
    {
        ConditionAttribute.SourcePrincipal => SpiffePatterns.Canonical(patterns),
        ConditionAttribute.SourceServiceAccount => patterns.AsEnumerable().Select(pattern => InNamespace(pattern, policyNamespace)).ToValueList(),
        _ => patterns,
    };

    // "cart" is the policy's own namespace's cart, and "cart*" its accounts that begin so; "*" and "*cart" leave the namespace open.
    private static StringPattern InNamespace(StringPattern pattern, string policyNamespace) =>
        pattern.Kind is StringPatternKind.Exact or StringPatternKind.Prefix && !pattern.Text.Contains('/', StringComparison.Ordinal)
            ? pattern with { Text = $"{policyNamespace}/{pattern.Text}" }
            : pattern;

    private string? ServiceAccount(SpiffeId? peer, UnknownAttribute unknown)
    {
        if (peer?.Namespace is not { } ns || peer.ServiceAccount is not { } account)
        {
            return Strings(default, unknown);
        }

        Span<char> text = stackalloc char[SpiffeId.MaxLength];
        text.TryWrite($"{ns}/{account}", out var length);
        return Strings(text[..length], unknown);
    }

    private string? Strings(ReadOnlySpan<char> value, UnknownAttribute unknown) =>
        AttributeMatch.Mismatch(_values, _notValues, value, unknown, _name, _notName);
}
