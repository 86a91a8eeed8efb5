namespace NodeMesh.EndToEnd.Tests.Identity;

/// <summary>What is wrong with the certificate that an attacker shows.</summary>
public enum FalseIdentity
{
    Expired,
    NotYetValid,
    TwoNames,
    NoName,
    OtherTrustDomain,
    OwnAuthority,
    OtherDomainsNameUnderOurAuthority,
}
