using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NodeMesh.Spiffe;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// One SVID with its key as OpenSSL holds it: X509, issuing chain, EVP_PKEY. Made off the loops, shared by all. Each SSL takes references of its
/// own, so a session that is open outlives the credential, and the native objects go with the last that uses them.
/// </summary>
internal sealed unsafe class TlsCredential : SafeHandle
{
    private readonly nint _chain;
    private readonly nint _key;
    private readonly byte[] _sessionContext;

    /// <param name="chain">DER certificates, leaf first.</param>
    /// <param name="pkcs8">The leaf's private key, PKCS#8 DER; the caller wipes it.</param>
    /// <exception cref="TlsException">OpenSSL takes the certificates or the key not.</exception>
    public TlsCredential(SpiffeId id, IReadOnlyList<ReadOnlyMemory<byte>> chain, ReadOnlySpan<byte> pkcs8)
        : base(0, ownsHandle: true)
    {
        Id = id;

        // Of the certificate, not the identity: a ticket made under the certificate before opens no session under this one.
        _sessionContext = SHA256.HashData(chain[0].Span);
        LibCrypto.ERR_clear_error();
        SetHandle(ReadCertificate(id, chain[0].Span));
        _chain = LibCrypto.OPENSSL_sk_new_null();
        for (var i = 1; i < chain.Count; i++)
        {
            if (LibCrypto.OPENSSL_sk_push(_chain, ReadCertificate(id, chain[i].Span)) <= 0)
            {
                throw OpenSslErrors.Exception("OPENSSL_sk_push");
            }
        }

        fixed (byte* start = pkcs8)
        {
            var input = start;
            _key = LibCrypto.d2i_AutoPrivateKey(0, &input, pkcs8.Length);
        }

        if (_key == 0)
        {
            throw OpenSslErrors.Exception($"the private key of {id} cannot be read");
        }
    }

    public SpiffeId Id { get; }

    /// <summary>True when the leaf is the same, byte for byte.</summary>
    public bool IsSameCertificate(TlsCredential other) => _sessionContext.AsSpan().SequenceEqual(other._sessionContext);

    public override bool IsInvalid => handle == 0;

    /// <summary>Gives the SSL this certificate and key. False when the credential was closed meanwhile.</summary>
    /// <exception cref="TlsException">The key does not fit the certificate, or is too weak.</exception>
    public bool TryUse(nint ssl)
    {
        var referenced = false;
        try
        {
            DangerousAddRef(ref referenced);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        try
        {
            fixed (byte* context = _sessionContext)
            {
                if (LibSsl.SSL_use_cert_and_key(ssl, handle, _key, _chain, 1) != 1
                    || LibSsl.SSL_set_session_id_context(ssl, context, (uint)_sessionContext.Length) != 1)
                {
                    throw OpenSslErrors.Exception($"the certificate and key of {Id} cannot be used");
                }
            }

            return true;
        }
        finally
        {
            DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        if (_chain != 0)
        {
            for (var certificate = LibCrypto.OPENSSL_sk_pop(_chain); certificate != 0; certificate = LibCrypto.OPENSSL_sk_pop(_chain))
            {
                LibCrypto.X509_free(certificate);
            }

            LibCrypto.OPENSSL_sk_free(_chain);
        }

        LibCrypto.EVP_PKEY_free(_key);
        LibCrypto.X509_free(handle);
        return true;
    }

    private static nint ReadCertificate(SpiffeId id, ReadOnlySpan<byte> der)
    {
        fixed (byte* start = der)
        {
            var input = start;
            var certificate = LibCrypto.d2i_X509(0, &input, der.Length);
            return certificate != 0 ? certificate : throw OpenSslErrors.Exception($"a certificate of {id} cannot be read");
        }
    }
}
