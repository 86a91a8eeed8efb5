using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Authority;

/// <summary>
/// The node's side of getting an SVID: a fresh EC P-256 key, which never leaves the node, and a PKCS#10 request (RFC 2986) that proves possession of
/// it. Used once: made, sent, completed with the authority's answer. Immutable, safe on any thread.
/// </summary>
public sealed class CertificateSigningRequest
{
    private readonly byte[] _privateKey;
    private readonly byte[] _der;

    private CertificateSigningRequest(SpiffeId id, byte[] der, byte[] privateKey)
    {
        Id = id;
        _der = der;
        _privateKey = privateKey;
    }

    public SpiffeId Id { get; }

    /// <summary>The request in DER, to be sent to the authority.</summary>
    public ReadOnlyMemory<byte> Der => _der;

    /// <summary>Makes a new key and a request for the identity.</summary>
    public static CertificateSigningRequest Create(SpiffeId id)
    {
        ArgumentNullException.ThrowIfNull(id);
        using var key = EcKey.Create();
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(SubjectAltName.Create(id, critical: true));
        return new CertificateSigningRequest(id, request.CreateSigningRequest(), key.ExportPkcs8PrivateKey());
    }

    /// <summary>Joins the authority's answer (DER, leaf first) with the key.</summary>
    /// <exception cref="X509SvidException">The answer is for another identity or key, or is no SVID.</exception>
    public X509Svid Complete(IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        var svid = X509Svid.FromDer(chain, _privateKey);
        return svid.Id == Id ? svid : throw new X509SvidException($"the authority answered with {svid.Id}, but {Id} was asked for");
    }
}
