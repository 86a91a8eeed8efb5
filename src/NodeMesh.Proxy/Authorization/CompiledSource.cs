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
    }

    /// <summary>The first field that does not match, or null when all do.</summary>
    internal string? Mismatch(in ConnectionFacts facts, UnknownAttribute unknown)
    {
        var peer = facts.Peer;
        return AttributeMatch.Mismatch(_principals, _notPrincipals, peer?.ToString(), unknown, "principals", "notPrincipals")
            ?? AttributeMatch.Mismatch(_namespaces, _notNamespaces, peer?.Namespace, unknown, "namespaces", "notNamespaces")
            ?? AttributeMatch.Mismatch(_serviceAccounts, _notServiceAccounts, peer, unknown, "serviceAccounts", "notServiceAccounts")
            ?? AttributeMatch.Mismatch(_trustDomains, _notTrustDomains, peer?.TrustDomain.Name, unknown, "trustDomains", "notTrustDomains")
            ?? AttributeMatch.Mismatch(_ipBlocks, _notIpBlocks, facts.Source, "ipBlocks", "notIpBlocks");
    }
}
