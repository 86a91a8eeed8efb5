using NodeMesh.Spiffe;

namespace NodeMesh.Controller.Options;

/// <summary>What an operator may do: whoever proves to be it by an SVID of the mesh, or shows one certain certificate, whoever issued that.</summary>
/// <param name="Id">Null where a certificate is meant.</param>
/// <param name="Certificate">Null where an identity is meant.</param>
internal sealed record OperatorGrant(SpiffeId? Id, OperatorRole Role, CertificateFingerprint? Certificate = null)
{
    public override string ToString() => Id?.ToString() ?? $"{Certificate}";
}
