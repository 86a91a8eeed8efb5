using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// Makes the client sessions of all loops: presents a source identity's SVID, accepts only expected identities, resumes where it may.
/// Thread-safe; lives as long as the daemon. Identities are swapped live: sessions that are open go on, new ones use the new.
/// </summary>
public sealed class TlsClientContext : IDisposable
{
    /// <summary>How many tickets are kept unless told otherwise; each holds about 4 KiB.</summary>
    public const int DefaultSessionCapacity = 1024;

    private readonly TlsContextHandle _context = TlsContextHandle.ForClient();
    private volatile TlsIdentitySet _identities;

    public TlsClientContext(TlsIdentitySet identities, int sessionCapacity = DefaultSessionCapacity)
    {
        ArgumentNullException.ThrowIfNull(identities);
        _identities = identities;
        Sessions = new TlsSessionCache(sessionCapacity);
    }

    /// <summary>The identities and bundles for the next handshake. Not owned: the old set is its maker's to dispose.</summary>
    public TlsIdentitySet Identities
    {
        get => _identities;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _identities = value;
        }
    }

    internal TlsSessionCache Sessions { get; }

    /// <summary>A session over a connected or connecting socket, which stays the caller's to close, after the session.</summary>
    /// <param name="source">Who we speak as. Without an SVID of it the handshake fails with <see cref="TlsFailureCode.NoLocalIdentity"/>.</param>
    /// <param name="address">The peer's address: it keys resumption and stands in failures.</param>
    /// <param name="expected">The identities of which the server must be one. A single one is named to the server by SNI.</param>
    /// <exception cref="TlsException">OpenSSL cannot make the session.</exception>
    public TlsSession CreateSession(SocketDescriptor socket, SpiffeId source, IpEndpoint address, params IReadOnlyList<SpiffeId> expected)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(expected);
        if (expected.Count == 0)
        {
            throw new ArgumentException("at least one expected identity is needed", nameof(expected));
        }

        var ssl = _context.NewSession(socket.Value);
        try
        {
            LibSsl.SSL_set_connect_state(ssl);
            return new TlsSession(ssl, new ClientHandshake(this, ssl, source, expected, address));
        }
        catch
        {
            LibSsl.SSL_free(ssl);
            throw;
        }
    }

    public void Dispose()
    {
        Sessions.Dispose();
        _context.Dispose();
    }
}
