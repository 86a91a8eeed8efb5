using System.Diagnostics;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Transport.Tls;

/// <summary>The server's side: the identity by SNI, the client by its certificates or its ticket.</summary>
internal sealed unsafe class ServerHandshake(TlsServerContext context, IpEndpoint destination) : TlsHandshake
{
    private const int AlertDecodeError = 50;

    private PeerVerifier? _verifier;

    public TlsTicketKeys TicketKeys => context.TicketKeys;

    /// <summary>The most that is selected of what a client offers.</summary>
    public LinkProtocol BestProtocol => context.BestProtocol;

    /// <summary>Called with the whole ClientHello before anything of it is acted on; once more after a HelloRetryRequest.</summary>
    public bool ChooseIdentity(nint ssl, out int alert)
    {
        if (!TryReadServerName(ssl))
        {
            alert = AlertDecodeError;
            return false;
        }

        byte* protocols;
        nuint length;
        if (LibSsl.SSL_client_hello_get0_ext(ssl, LibSsl.TLSEXT_TYPE_application_layer_protocol_negotiation, &protocols, &length) != 1)
        {
            // OpenSSL asks us about ALPN only when it is offered.
            Fail(TlsFailureCode.NoApplicationProtocol, "the client offers nothing by ALPN; a mesh link is HTTP/2 and needs h2");
            alert = LibSsl.SSL_AD_NO_APPLICATION_PROTOCOL;
            return false;
        }

        if (Select(ssl, context.Identities))
        {
            alert = 0;
            return true;
        }

        Fail(
            TlsFailureCode.UnknownServerName,
            ServerName is null
                ? $"the client sends no server name and no single identity stands behind {destination}"
                : $"the client wants the server name {ServerName}, of which no identity lives on this node (destination {destination})");
        alert = LibSsl.SSL_AD_UNRECOGNIZED_NAME;
        return false;
    }

    public override bool VerifyPeer(nint ssl, byte[][] chain)
    {
        Peer = _verifier!.Verify(chain, out var failure);
        if (failure is not null)
        {
            Fail(failure);
        }

        return Peer is not null;
    }

    /// <summary>
    /// Puts the client's intermediates into the ticket that is being made: OpenSSL keeps only the leaf, and all are needed to validate again.
    /// </summary>
    public bool WriteTicket(nint ssl)
    {
        var peer = Peer ?? throw new UnreachableException("a ticket is made only for a verified client");
        var data = TicketChain.Write(peer.Chain);
        fixed (byte* start = data)
        {
            return LibSsl.SSL_SESSION_set1_ticket_appdata(LibSsl.SSL_get_session(ssl), start, (nuint)data.Length) == 1;
        }
    }

    /// <summary>
    /// Whether a ticket that opened may be used: its client must still pass, now, under the current bundles. If not, the client is asked for its
    /// certificates as if it had sent no ticket.
    /// </summary>
    public bool AcceptTicket(nint session)
    {
        var leaf = LibSsl.SSL_SESSION_get0_peer(session);
        byte* data;
        nuint length;
        if (leaf == 0
            || LibSsl.SSL_SESSION_get0_ticket_appdata(session, &data, &length) != 1
            || !TicketChain.TryRead(NativeCertificates.ToDer(leaf), new ReadOnlySpan<byte>(data, (int)length), out var chain))
        {
            return false;
        }

        // A full handshake that follows all the same replaces this by what it verifies.
        Peer = _verifier!.Verify(chain, out _);
        return Peer is not null;
    }

    public override bool Finish(nint ssl, bool resumed)
    {
        _verifier = null;
        if (TryReadSelected(ssl, out var protocol))
        {
            Protocol = protocol;
        }

        return Peer is not null;
    }

    private bool Select(nint ssl, TlsIdentitySet identities)
    {
        while (true)
        {
            var credential = FindCredential(identities);
            if (credential is null)
            {
                return false;
            }

            if (credential.TryUse(ssl))
            {
                LocalId = credential.Id;
                _verifier = identities.Verifier;
                return true;
            }

            // Replaced and closed between our look and our use.
            var current = context.Identities;
            if (ReferenceEquals(current, identities))
            {
                Fail(TlsFailureCode.Internal, "the identity set was closed while it was in use");
                return false;
            }

            identities = current;
        }
    }

    private TlsCredential? FindCredential(TlsIdentitySet identities)
    {
        if (ServerName is { } name)
        {
            if (identities.FindByServerName(name) is { } wanted)
            {
                return wanted;
            }

            // The client will accept one identity alone; another would only fail there, with a worse explanation.
            if (IdentityServerName.IsIdentityName(name))
            {
                return null;
            }
        }

        return context.ChooseWithoutServerName(destination) is { } id ? identities.Find(id) : null;
    }

    private bool TryReadServerName(nint ssl)
    {
        byte* content;
        nuint length;
        ServerName = null;
        if (LibSsl.SSL_client_hello_get0_ext(ssl, LibSsl.TLSEXT_TYPE_server_name, &content, &length) != 1)
        {
            return true;
        }

        if (ServerNameExtension.TryRead(new ReadOnlySpan<byte>(content, (int)length), out var name))
        {
            ServerName = name;
            return true;
        }

        Fail(TlsFailureCode.Protocol, "the ClientHello's server_name extension is malformed");
        return false;
    }
}
