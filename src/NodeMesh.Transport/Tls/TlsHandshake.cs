using NodeMesh.Spiffe;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// What one connection's handshake knows and decides, called from libssl on the thread that drives the session. Lives as long as the SSL, since
/// tickets come after the handshake; it holds no identity set beyond the handshake.
/// </summary>
internal abstract unsafe class TlsHandshake
{
    /// <summary>Who we are on this connection, once chosen.</summary>
    public SpiffeId? LocalId { get; protected set; }

    /// <summary>The peer as validated in this handshake, by its certificates or behind the ticket it resumes.</summary>
    public TlsPeer? Peer { get; protected set; }

    /// <summary>The server name of the ClientHello, sent or received.</summary>
    public string? ServerName { get; protected set; }

    /// <summary>What ALPN has settled on, once the handshake is done.</summary>
    public LinkProtocol Protocol { get; protected set; }

    /// <summary>Why our side refused; the first reason stands.</summary>
    public TlsFailure? Failure { get; private set; }

    /// <summary>Judges the certificates that the peer presented, DER, leaf first. On refusal <see cref="Failure"/> says why.</summary>
    public abstract bool VerifyPeer(nint ssl, byte[][] chain);

    /// <summary>The native handshake is done: what was only needed for it is let go. False when it must not stand after all.</summary>
    public abstract bool Finish(nint ssl, bool resumed);

    public void Fail(TlsFailureCode code, string detail) => Failure ??= new TlsFailure(code, detail);

    public void Fail(TlsFailure failure) => Failure ??= failure;

    public void Fail(Exception fault) => Fail(TlsFailureCode.Internal, fault.Message);

    /// <summary>What ALPN has selected; false when that is nothing, or nothing we know.</summary>
    protected static bool TryReadSelected(nint ssl, out LinkProtocol protocol)
    {
        byte* name;
        uint length;
        LibSsl.SSL_get0_alpn_selected(ssl, &name, &length);
        return ApplicationProtocols.TryParse(new ReadOnlySpan<byte>(name, (int)length), out protocol);
    }
}
