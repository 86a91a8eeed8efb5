using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using NodeMesh.Controller.Authority;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Options;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Controller.Serving;

/// <summary>
/// TLS 1.3 for nodes and operators: the controller shows its own SVID; a certificate of a client is judged by the mesh's authorities, and none is no
/// identity. Certificates that the settings name are good by themselves, whoever issued them: that the client has the key is proven by the handshake.
/// Thread-safe; one per controller.
/// </summary>
internal sealed class TlsListener(ControllerAuthority authority, NodeRegistry nodes, OperatorGrants operators, TimeProvider time)
{
    private readonly Lock _gate = new();
    private X509Svid? _svid;
    private SslStreamCertificateContext? _context;

    public void Configure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next => connection =>
        {
            connection.Features.Set(new PeerIdentity { Address = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "" });
            return next(connection);
        });
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = TimeSpan.FromSeconds(10),
            OnConnection = context => ValueTask.FromResult(OptionsFor(context.Connection.Features.Get<PeerIdentity>()!)),
        });
    }

    private SslServerAuthenticationOptions OptionsFor(PeerIdentity peer) => new()
    {
        ServerCertificateContext = CertificateContext(),
        EnabledSslProtocols = SslProtocols.Tls13,
        AllowTlsResume = false,
        AllowRenegotiation = false,
        ClientCertificateRequired = true,
        CertificateChainPolicy = SentChain.Unjudged(),
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => Judge(peer, certificate as X509Certificate2, chain),
        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
    };

    private bool Judge(PeerIdentity peer, X509Certificate2? leaf, X509Chain? chain)
    {
        if (leaf is null)
        {
            // Who joins has none yet; what needs one asks for it.
            return true;
        }

        var fingerprint = CertificateFingerprint.Of(leaf.RawData);
        if (operators.Names(fingerprint))
        {
            return JudgeOperator(peer, leaf, fingerprint);
        }

        var (now, ends) = (time.GetUtcNow(), new DateTimeOffset(leaf.NotAfter.ToUniversalTime()));
        var isLate = now > ends && now - ends < NodeRegistry.RenewalGrace;
        var judged = new SvidValidator(new TrustBundleSet([authority.Bundle]), isLate ? new StoppedTime(ends - TimeSpan.FromSeconds(1)) : time).Validate(SentChain.Of(leaf, chain));
        if (!judged.IsValid)
        {
            var claim = SvidValidator.TryReadClaim(leaf.RawData, out var claimed) ? claimed.ToString() : fingerprint.ToString();
            nodes.Refusals.Refuse(judged.Failure == SvidFailure.Expired ? NodeRefusal.ExpiredCertificate : NodeRefusal.UntrustedCertificate, peer.Address, "connect", claim, judged.Detail);
            return false;
        }

        (peer.Name, peer.Id, peer.Serial, peer.NotAfter) = (judged.Id!.ToString(), judged.Id, leaf.SerialNumber, ends);
        return true;
    }

    /// <summary>A certificate that the settings name. Nothing above it counts, and no SPIFFE ID that it may have; its own time does.</summary>
    private bool JudgeOperator(PeerIdentity peer, X509Certificate2 leaf, CertificateFingerprint fingerprint)
    {
        var (now, begins, ends) = (time.GetUtcNow(), new DateTimeOffset(leaf.NotBefore.ToUniversalTime()), new DateTimeOffset(leaf.NotAfter.ToUniversalTime()));
        var name = $"{fingerprint} {QuotedText.Of(leaf.Subject)}";
        if (now < begins || now >= ends)
        {
            nodes.Refusals.Refuse(
                now < begins ? NodeRefusal.UntrustedCertificate : NodeRefusal.ExpiredCertificate,
                peer.Address,
                "connect",
                name,
                now < begins ? $"the certificate is valid from {begins:u}, and it is {now:u}; compare the clocks of both machines" : $"the certificate ended at {ends:u}; name another in operators");
            return false;
        }

        (peer.Name, peer.Certificate, peer.Serial, peer.NotAfter) = (name, fingerprint, leaf.SerialNumber, ends);
        return true;
    }

    private SslStreamCertificateContext CertificateContext()
    {
        var own = authority.Own;
        lock (_gate)
        {
            if (_context is null || !ReferenceEquals(own, _svid))
            {
                var pem = X509Certificate2.CreateFromPem(PemOf(own.Chain[0].Span), KeyPemOf(own.PrivateKey.Span));
                var others = new X509Certificate2Collection(own.Chain.Skip(1).Select(der => X509CertificateLoader.LoadCertificate(der.Span)).ToArray());
                (_svid, _context) = (own, SslStreamCertificateContext.Create(pem, others, offline: true));
            }

            return _context;
        }
    }

    private static string PemOf(ReadOnlySpan<byte> der) => System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", der);

    private static string KeyPemOf(ReadOnlySpan<byte> der) => System.Security.Cryptography.PemEncoding.WriteString("PRIVATE KEY", der);

    /// <summary>A clock that stands: the last moment of a certificate that has ended.</summary>
    private sealed class StoppedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
