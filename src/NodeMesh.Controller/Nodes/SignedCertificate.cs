using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Controller.Nodes;

/// <summary>What the authority signed.</summary>
/// <param name="Chain">In DER, leaf first.</param>
/// <param name="Serial">Of the leaf, in hexadecimal.</param>
internal sealed record SignedCertificate(IReadOnlyList<ReadOnlyMemory<byte>> Chain, string Serial, DateTimeOffset NotAfter)
{
    public static SignedCertificate Of(IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(chain[0].Span);
        return new SignedCertificate(chain, leaf.SerialNumber, new DateTimeOffset(leaf.NotAfter.ToUniversalTime()));
    }
}
