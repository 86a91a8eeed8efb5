using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Spiffe.Svids;

/// <summary>The certificates that a peer of an SslStream sent, as its validation callback is given them. Stateless.</summary>
public static class SentChain
{
    /// <summary>
    /// For the chain that the runtime builds of what a peer sent, whose outcome counts for nothing: it is held against no authority of the machine, and nothing
    /// is fetched from addresses that stand in a stranger's certificate. For one connection.
    /// </summary>
    public static X509ChainPolicy Unjudged() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    /// <summary>In DER, leaf first, as <see cref="SvidValidator"/> takes them; empty when the peer sent none.</summary>
    /// <param name="leaf">The peer's certificate.</param>
    /// <param name="chain">The chain that the runtime built; it keeps what else was sent among its extra certificates, the leaf perhaps too.</param>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Of(X509Certificate? leaf, X509Chain? chain)
    {
        if (leaf is null)
        {
            return [];
        }

        var first = leaf.GetRawCertData();
        var others = chain?.ChainPolicy.ExtraStore.Select(other => other.RawData).Where(other => !other.AsSpan().SequenceEqual(first)) ?? [];
        return [first, .. others.Select(other => (ReadOnlyMemory<byte>)other)];
    }
}
