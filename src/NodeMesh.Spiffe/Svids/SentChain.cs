using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Spiffe.Svids;

/// <summary>The certificates that a peer of an SslStream sent, as its validation callback is given them. Stateless.</summary>
public static class SentChain
{
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
