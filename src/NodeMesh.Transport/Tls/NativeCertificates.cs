namespace NodeMesh.Transport.Tls;

/// <summary>Certificates out of OpenSSL's objects, as DER.</summary>
internal static unsafe class NativeCertificates
{
    /// <summary>What the peer presented, leaf first.</summary>
    public static byte[][] FromStore(nint store)
    {
        var leaf = LibCrypto.X509_STORE_CTX_get0_cert(store);
        var presented = LibCrypto.X509_STORE_CTX_get0_untrusted(store);
        var count = presented == 0 ? 0 : LibCrypto.OPENSSL_sk_num(presented);
        var chain = new List<byte[]>(Math.Max(count, 1)) { ToDer(leaf) };
        for (var i = 0; i < count; i++)
        {
            // The leaf stands in the list too.
            var certificate = LibCrypto.OPENSSL_sk_value(presented, i);
            if (certificate != leaf)
            {
                chain.Add(ToDer(certificate));
            }
        }

        return [.. chain];
    }

    public static byte[] ToDer(nint certificate)
    {
        var length = LibCrypto.i2d_X509(certificate, null);
        if (length <= 0)
        {
            throw OpenSslErrors.Exception("i2d_X509");
        }

        var der = new byte[length];
        fixed (byte* start = der)
        {
            var output = start;
            length = LibCrypto.i2d_X509(certificate, &output);
        }

        return length == der.Length ? der : throw OpenSslErrors.Exception("i2d_X509");
    }
}
