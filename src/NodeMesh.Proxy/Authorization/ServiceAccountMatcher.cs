using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Authorization;

/// <summary>A list of service accounts, each with its namespace filled in. Immutable.</summary>
internal sealed class ServiceAccountMatcher
{
    private readonly (string Namespace, string Name)[] _accounts;

    internal ServiceAccountMatcher(ValueList<ServiceAccountReference> accounts, string policyNamespace)
    {
        _accounts = [.. accounts.AsEnumerable().Select(a => (a.Namespace ?? policyNamespace, a.Name))];
        Text = accounts.ToString();
    }

    internal bool IsEmpty => _accounts.Length == 0;

    /// <summary>The accounts as the operator wrote them.</summary>
    internal string Text { get; }

    internal bool Matches(SpiffeId peer)
    {
        foreach (var (ns, name) in _accounts)
        {
            if (string.Equals(ns, peer.Namespace, StringComparison.Ordinal) && string.Equals(name, peer.ServiceAccount, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
