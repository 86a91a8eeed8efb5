using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>One entry of <c>from</c>, compiled. Immutable; evaluating allocates nothing.</summary>
internal sealed class CompiledSource
{
    private readonly StringMatcher _principals;
    private readonly StringMatcher _notPrincipals;
    private readonly StringMatcher _namespaces;
    private readonly StringMatcher _notNamespaces;
    private readonly ServiceAccountMatcher _serviceAccounts;
    private readonly ServiceAccountMatcher _notServiceAccounts;
    private readonly StringMatcher _trustDomains;
    private readonly StringMatcher _notTrustDomains;
    private readonly NetworkMatcher _ipBlocks;
    private readonly NetworkMatcher _notIpBlocks;
    private readonly NetworkMatcher _remoteIpBlocks;
    private readonly NetworkMatcher _notRemoteIpBlocks;
    private readonly string? _tokenField;

    internal CompiledSource(AuthorizationSource source, string policyNamespace)
    {
        _principals = new StringMatcher(SpiffePatterns.Canonical(source.Principals));
        _notPrincipals = new StringMatcher(SpiffePatterns.Canonical(source.NotPrincipals));
        _namespaces = new StringMatcher(source.Namespaces);
        _notNamespaces = new StringMatcher(source.NotNamespaces);
        _serviceAccounts = new ServiceAccountMatcher(source.ServiceAccounts, policyNamespace);
        _notServiceAccounts = new ServiceAccountMatcher(source.NotServiceAccounts, policyNamespace);
        _trustDomains = new StringMatcher(source.TrustDomains);
        _notTrustDomains = new StringMatcher(source.NotTrustDomains);
        _ipBlocks = new NetworkMatcher(source.IpBlocks);
        _notIpBlocks = new NetworkMatcher(source.NotIpBlocks);
        _remoteIpBlocks = new NetworkMatcher(source.RemoteIpBlocks);
        _notRemoteIpBlocks = new NetworkMatcher(source.NotRemoteIpBlocks);
        _tokenField = !source.RequestPrincipals.IsEmpty ? "requestPrincipals" : !source.NotRequestPrincipals.IsEmpty ? "notRequestPrincipals" : null;
    }

    /// <summary>The first field that does not match, or null when all do. Without a request, HTTP fields are judged by the rule.</summary>
    internal string? Mismatch(in ConnectionFacts facts, in RequestFacts request, UnknownAttribute unknown)
    {
        var peer = facts.Peer;
        return AttributeMatch.Mismatch(_principals, _notPrincipals, peer?.ToString(), unknown, "principals", "notPrincipals")
            ?? AttributeMatch.Mismatch(_namespaces, _notNamespaces, peer?.Namespace, unknown, "namespaces", "notNamespaces")
            ?? AttributeMatch.Mismatch(_serviceAccounts, _notServiceAccounts, peer, unknown, "serviceAccounts", "notServiceAccounts")
            ?? AttributeMatch.Mismatch(_trustDomains, _notTrustDomains, peer?.TrustDomain.Name, unknown, "trustDomains", "notTrustDomains")
            ?? AttributeMatch.Mismatch(_ipBlocks, _notIpBlocks, facts.Source, "ipBlocks", "notIpBlocks")
            ?? (request.IsHttp ? HttpMismatch(request, unknown) : null);
    }

    private string? HttpMismatch(in RequestFacts request, UnknownAttribute unknown) =>
        AttributeMatch.Mismatch(_remoteIpBlocks, _notRemoteIpBlocks, request.Remote, "remoteIpBlocks", "notRemoteIpBlocks")
            ?? AttributeMatch.TokenMismatch(_tokenField, unknown);
}
