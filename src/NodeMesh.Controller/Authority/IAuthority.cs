using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;

namespace NodeMesh.Controller.Authority;

/// <summary>Who signs for the trust domain. Used under the lock of <see cref="ControllerAuthority"/>.</summary>
internal interface IAuthority
{
    /// <summary>What nodes are to trust.</summary>
    TrustBundle Bundle { get; }

    AuthorityRoots Roots { get; }

    /// <summary>Why what there is now is not what is wanted; null when it is.</summary>
    string? Problem { get; }

    /// <returns>Certificates in DER, leaf first.</returns>
    /// <exception cref="CertificateRequestRefusedException">The request is for another identity, or is wrong.</exception>
    /// <exception cref="AuthorityException">It cannot sign.</exception>
    IReadOnlyList<ReadOnlyMemory<byte>> Sign(ReadOnlyMemory<byte> request, SpiffeId id);

    /// <param name="begin">Called once the step is known to be allowed and before anything of it is kept; an exception of it gives the step up.</param>
    /// <exception cref="AuthorityException">It is not the time for this step, or it is taken otherwise.</exception>
    void Rotate(RotationStep step, Action begin);

    /// <summary>Looks whether it was changed from outside. True when it is another now.</summary>
    bool Refresh();
}
