using System.Net;

namespace NodeMesh.Resources.Authorization;

/// <summary>
/// Who calls (<c>from[].source</c>). Fields are ANDed, the entries of a list ORed; an empty list says nothing. A <c>Not</c> list matches when
/// the attribute is known and matches no entry. What is not known never helps a connection in: under ALLOW and AUDIT a <c>Not</c> list does not match a
/// peer without identity, under DENY it does, since who proves nothing did not prove to be an exception.
/// </summary>
public sealed record AuthorizationSource
{
    /// <summary>SPIFFE IDs, with scheme.</summary>
    public ValueList<StringPattern> Principals { get; init; } = [];

    public ValueList<StringPattern> NotPrincipals { get; init; } = [];

    /// <summary><c>issuer/subject</c> of the request's token. HTTP only.</summary>
    public ValueList<StringPattern> RequestPrincipals { get; init; } = [];

    public ValueList<StringPattern> NotRequestPrincipals { get; init; } = [];

    public ValueList<StringPattern> Namespaces { get; init; } = [];

    public ValueList<StringPattern> NotNamespaces { get; init; } = [];

    public ValueList<ServiceAccountReference> ServiceAccounts { get; init; } = [];

    public ValueList<ServiceAccountReference> NotServiceAccounts { get; init; } = [];

    public ValueList<StringPattern> TrustDomains { get; init; } = [];

    public ValueList<StringPattern> NotTrustDomains { get; init; } = [];

    /// <summary>The address the connection came from, as the kernel of the node that judges knows it: over the mesh, of the link's far end.</summary>
    public ValueList<IPNetwork> IpBlocks { get; init; } = [];

    public ValueList<IPNetwork> NotIpBlocks { get; init; } = [];

    /// <summary>The original client's address, as trusted forwarding headers tell it. HTTP only.</summary>
    public ValueList<IPNetwork> RemoteIpBlocks { get; init; } = [];

    public ValueList<IPNetwork> NotRemoteIpBlocks { get; init; } = [];

    /// <summary>True when a field needs an HTTP request to be judged.</summary>
    public bool NeedsHttp =>
        !(RequestPrincipals.IsEmpty && NotRequestPrincipals.IsEmpty && RemoteIpBlocks.IsEmpty && NotRemoteIpBlocks.IsEmpty);
}
