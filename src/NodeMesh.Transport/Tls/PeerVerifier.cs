using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// Judges peers by one snapshot of the bundles, and says it in the words of a handshake. Building an RFC 5280 path costs more than the rest of a
/// handshake, and the same peers come again and again, with a ticket or without: a chain that passed passes until it expires, so it is remembered
/// by the hash of all its bytes. Refusals are not remembered. Part of an identity set, so new bundles begin with an empty memory.
/// </summary>
internal sealed class PeerVerifier(SvidValidator validator, TimeProvider time)
{
    /// <summary>How many chains are remembered: about 2 KiB each. The first remembered goes first.</summary>
    public const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<(UInt128, UInt128), TlsPeer> _passed = [];
    private readonly Queue<(UInt128, UInt128)> _order = new();

    public int RememberedCount
    {
        get
        {
            lock (_lock)
            {
                return _passed.Count;
            }
        }
    }

    /// <summary>The peer, or null with the rule that its certificates break.</summary>
    /// <param name="chain">DER, leaf first; not to be changed afterwards.</param>
    public TlsPeer? Verify(byte[][] chain, out TlsFailure? failure)
    {
        failure = null;
        var key = Hash(chain);
        lock (_lock)
        {
            if (_passed.TryGetValue(key, out var known) && time.GetUtcNow() < known.NotAfter)
            {
                return known;
            }
        }

        // Outside the lock: the other loops go on meanwhile.
        var validation = validator.Validate([.. chain.Select(der => (ReadOnlyMemory<byte>)der)]);
        if (!validation.IsValid)
        {
            failure = new TlsFailure(Code(validation.Failure), $"{validation.Detail} [{validation.Failure}]");
            return null;
        }

        var peer = new TlsPeer(validation.Id, chain, validation.NotAfter);
        Remember(key, peer);
        return peer;
    }

    private static (UInt128 First, UInt128 Second) Hash(byte[][] chain)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> result = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (var der in chain)
        {
            // Lengths too, so that no two chains are the same bytes cut differently.
            BinaryPrimitives.WriteInt32LittleEndian(result, der.Length);
            hash.AppendData(result[..sizeof(int)]);
            hash.AppendData(der);
        }

        hash.GetHashAndReset(result);
        var words = MemoryMarshal.Cast<byte, UInt128>(result);
        return (words[0], words[1]);
    }

    private static TlsFailureCode Code(SvidFailure failure) => failure switch
    {
        SvidFailure.NoCertificate => TlsFailureCode.NoPeerCertificate,
        SvidFailure.Expired => TlsFailureCode.PeerCertificateExpired,
        SvidFailure.NotYetValid => TlsFailureCode.PeerCertificateNotYetValid,
        SvidFailure.UnknownTrustDomain or SvidFailure.UntrustedChain => TlsFailureCode.UntrustedPeer,
        SvidFailure.UnexpectedIdentity => TlsFailureCode.UnexpectedIdentity,
        _ => TlsFailureCode.InvalidPeerSvid,
    };

    private void Remember((UInt128 First, UInt128 Second) key, TlsPeer peer)
    {
        lock (_lock)
        {
            if (_passed.TryAdd(key, peer))
            {
                _order.Enqueue(key);
                if (_order.Count > Capacity)
                {
                    _passed.Remove(_order.Dequeue());
                }
            }
        }
    }
}
