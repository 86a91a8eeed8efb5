using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;

namespace NodeMesh.Transport.Tls;

/// <summary>The client's side: our SVID, the identities we accept, and the ticket we come back with.</summary>
internal sealed unsafe class ClientHandshake : TlsHandshake
{
    private readonly TlsClientContext _context;
    private readonly IReadOnlyList<SpiffeId> _expected;
    private readonly IpEndpoint _address;
    private readonly TlsCredential? _credential;
    private PeerVerifier? _verifier;
    private TlsPeer? _resumable;

    public ClientHandshake(TlsClientContext context, nint ssl, SpiffeId source, IReadOnlyList<SpiffeId> expected, IpEndpoint address)
    {
        _context = context;
        _expected = expected;
        _address = address;
        LocalId = source;

        // Several wanted identities cannot all be named; the server then chooses by address, and any of them will do.
        ServerName = expected.Count == 1 ? IdentityServerName.For(expected[0]) : null;
        _credential = Select(ssl, source);
        if (_credential is null)
        {
            Fail(TlsFailureCode.NoLocalIdentity, $"this node holds no SVID of {source}");
            return;
        }

        if (ServerName is not null
            && LibSsl.SSL_ctrl(ssl, LibSsl.SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, ServerName) != 1)
        {
            throw OpenSslErrors.Exception("SSL_set_tlsext_host_name");
        }

        OfferTicket(ssl);
    }

    private TlsSessionKey CacheKey => new(LocalId!, _expected[0], _address);

    public override bool VerifyPeer(nint ssl, byte[][] chain)
    {
        if (!TryReadProtocol(ssl, out _))
        {
            return false;
        }

        var peer = _verifier!.Verify(chain, out var failure);
        if (failure is not null)
        {
            Fail(failure with { Detail = $"{failure.Detail} (server {_address})" });
            return false;
        }

        if (!_expected.Contains(peer!.Id))
        {
            Fail(TlsFailureCode.UnexpectedIdentity, $"expected {string.Join(" or ", _expected)}, but the server at {_address} is {peer.Id}");
            return false;
        }

        Peer = peer;
        return true;
    }

    public override bool Finish(nint ssl, bool resumed)
    {
        _verifier = null;
        if (!TryReadProtocol(ssl, out var protocol))
        {
            return false;
        }

        Protocol = protocol;
        if (resumed)
        {
            // A resumed handshake carries no certificates; the ticket's server was validated when it was offered.
            Peer = _resumable;
        }

        _resumable = null;
        return Peer is not null;
    }

    /// <summary>Keeps a copy of a ticket that came after the handshake: a copy, since OpenSSL spoils its own when the connection ends unclean.</summary>
    public void KeepSession(nint session)
    {
        if (Peer is null || _credential is null || LibSsl.SSL_SESSION_is_resumable(session) != 1)
        {
            return;
        }

        var copy = LibSsl.SSL_SESSION_dup(session);
        if (copy != 0)
        {
            _context.Sessions.Store(CacheKey, new ResumableSession(copy, _credential, Peer));
        }
    }

    private bool TryReadProtocol(nint ssl, out LinkProtocol protocol)
    {
        if (TryReadSelected(ssl, out protocol))
        {
            return true;
        }

        Fail(TlsFailureCode.NoApplicationProtocol, $"the server at {_address} does not select h2 by ALPN; a mesh link is HTTP/2");
        return false;
    }

    private TlsCredential? Select(nint ssl, SpiffeId source)
    {
        for (var identities = _context.Identities; ; identities = _context.Identities)
        {
            var credential = identities.Find(source);
            if (credential is null)
            {
                return null;
            }

            if (credential.TryUse(ssl))
            {
                _verifier = identities.Verifier;
                return credential;
            }

            // Replaced and closed between our look and our use.
            if (ReferenceEquals(identities, _context.Identities))
            {
                Fail(TlsFailureCode.Internal, "the identity set was closed while it was in use");
                return null;
            }
        }
    }

    private void OfferTicket(nint ssl)
    {
        if (!_context.Sessions.TryTake(CacheKey, out var session))
        {
            return;
        }

        // Under a rotated certificate, for another identity, or past its server's validity, the ticket is dropped and the handshake is a full one.
        if (ReferenceEquals(session.Credential, _credential)
            && _expected.Contains(session.Peer.Id)
            && _verifier!.Verify(session.Peer.Chain, out _) is { } peer
            && LibSsl.SSL_set_session(ssl, session.Native) == 1)
        {
            _resumable = peer;
        }

        session.Free();
    }
}
