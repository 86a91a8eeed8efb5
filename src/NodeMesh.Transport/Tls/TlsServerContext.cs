using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// Makes the server sessions of all loops: chooses the certificate by SNI, demands and verifies the client's, resumes where it may.
/// Thread-safe; lives as long as the daemon. Identities are swapped live: sessions that are open go on, new handshakes use the new.
/// </summary>
public sealed class TlsServerContext : IDisposable
{
    /// <summary>How long a ticket may be used, and a ticket key seals, unless told otherwise.</summary>
    public static readonly TimeSpan DefaultSessionLifetime = TimeSpan.FromHours(1);

    private readonly TlsContextHandle _context;
    private readonly Func<IpEndpoint, SpiffeId?> _withoutServerName;
    private volatile TlsIdentitySet _identities;

    /// <param name="time">Rotates the ticket keys.</param>
    /// <param name="withoutServerName">
    /// The identity for a client that sends no server name, or one that names no identity: the one behind the destination address, else the node's
    /// own, else null to refuse with unrecognized_name. Called on the loops: it must neither block nor throw.
    /// </param>
    /// <param name="bestProtocol">What is selected of a client's offer at most.</param>
    public TlsServerContext(
        TlsIdentitySet identities,
        Func<IpEndpoint, SpiffeId?> withoutServerName,
        TimeProvider time,
        TimeSpan? sessionLifetime = null,
        LinkProtocol bestProtocol = LinkProtocol.NodeMesh)
    {
        ArgumentNullException.ThrowIfNull(identities);
        ArgumentNullException.ThrowIfNull(withoutServerName);
        ArgumentNullException.ThrowIfNull(time);
        _identities = identities;
        _withoutServerName = withoutServerName;
        BestProtocol = bestProtocol;
        TicketKeys = new TlsTicketKeys(time, sessionLifetime ?? DefaultSessionLifetime);
        _context = TlsContextHandle.ForServer(TicketKeys.Lifetime);
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

    internal TlsTicketKeys TicketKeys { get; }

    internal LinkProtocol BestProtocol { get; }

    /// <summary>A session over an accepted socket, which stays the caller's to close, after the session.</summary>
    /// <param name="destination">The address the client connected to.</param>
    /// <exception cref="TlsException">OpenSSL cannot make the session.</exception>
    public TlsSession CreateSession(SocketDescriptor socket, IpEndpoint destination)
    {
        var ssl = _context.NewSession(socket.Value);
        try
        {
            LibSsl.SSL_set_accept_state(ssl);
            return new TlsSession(ssl, new ServerHandshake(this, destination));
        }
        catch
        {
            LibSsl.SSL_free(ssl);
            throw;
        }
    }

    public void Dispose() => _context.Dispose();

    internal SpiffeId? ChooseWithoutServerName(IpEndpoint destination) => _withoutServerName(destination);
}
