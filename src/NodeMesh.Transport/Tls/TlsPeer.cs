using System.Security.Cryptography;
using System.Text;
using NodeMesh.Spiffe;

namespace NodeMesh.Transport.Tls;

/// <summary>A peer whose certificates passed the SPIFFE rules. Immutable; kept beside a resumable session, to be validated again when it is used.</summary>
/// <param name="Chain">The certificates as presented, DER, leaf first.</param>
/// <param name="NotAfter">When the leaf expires.</param>
internal sealed record TlsPeer(SpiffeId Id, byte[][] Chain, DateTimeOffset NotAfter)
{
    /// <summary>The SHA-256 of the leaf in hexadecimal digits, as headers name a certificate.</summary>
    public byte[] Hash { get; } = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(Chain[0])));
}
