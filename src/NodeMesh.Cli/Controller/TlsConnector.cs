using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Cli.Api;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Cli.Controller;

/// <summary>
/// Opens connections to a controller over mutual TLS 1.3: shows the operator's identity, and takes for the controller only who proves to be it by the
/// bundle; the machine's own trust store and the name in the address count for nothing. Lives as long as the client.
/// </summary>
internal sealed class TlsConnector
{
    private readonly ApiPeer _peer;
    private readonly SslStreamCertificateContext _own;
    private readonly SvidValidator _validator;
    private readonly SpiffeId _expected;

    private TlsConnector(ApiPeer peer, OperatorIdentity identity, TrustBundle bundle, TimeProvider time)
    {
        _peer = peer;
        _own = identity.Context;
        _validator = new SvidValidator(new TrustBundleSet([bundle]), time);
        _expected = MeshIds.Controller(bundle.TrustDomain);
    }

    /// <exception cref="CliException">The files are not given, or cannot be used.</exception>
    public static TlsConnector For(ApiPeer peer, ControllerTarget target, TimeProvider time)
    {
        if (target.Identity is not { } identityPath || target.Bundle is not { } bundlePath)
        {
            throw new CliException(
                $"{target.Address} asks for a certificate, and is to prove itself by one",
                $"give {(target.Identity is null ? "--identity FILE, your certificate and key without .crt and .key" : "--bundle FILE, the trust bundle")}, or put both in a context");
        }

        var identity = OperatorIdentity.Load(identityPath, time);

        // An operator with an SVID is of the controller's own trust domain: it trusts no other. With another certificate it is the bundle that says which
        // mesh is meant: whoever the root vouches for in a mesh beside it is not this controller.
        return new TlsConnector(peer, identity, LoadBundle(bundlePath, identity.TrustDomain ?? TrustDomainOf(bundlePath)), time);
    }

    public SocketsHttpHandler Handler() =>
        new() { ConnectCallback = ConnectAsync, SslOptions = Options(), UseProxy = false, AllowAutoRedirect = false, UseCookies = false };

    /// <summary>By the file's name, as for the daemon.</summary>
    private static TrustDomain TrustDomainOf(string bundlePath) => TrustBundleDirectory.TryReadName(bundlePath, out var trustDomain, out var problem)
        ? trustDomain
        : throw new CliException(
            $"your certificate has no SPIFFE ID, and the name of {bundlePath} does not say of which trust domain the controller is: {problem}",
            $"name the bundle TRUST-DOMAIN{TrustBundleDirectory.Extension}, as nodemeshctl ca bundle does: example.org{TrustBundleDirectory.Extension}");

    private static TrustBundle LoadBundle(string path, TrustDomain trustDomain)
    {
        try
        {
            return TrustBundle.Parse(trustDomain, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is TrustBundleFormatException or IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be used as a trust bundle: {e.Message}", "--bundle names the JSON file that GET /v1/bundle of the controller gives, or nodemeshctl ca bundle");
        }
    }

    private SslClientAuthenticationOptions Options() => new()
    {
        ClientCertificateContext = _own,
        EnabledSslProtocols = SslProtocols.Tls13,
        CertificateChainPolicy = SentChain.Unjudged(),
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => Judge(certificate, chain),
    };

    /// <summary>Throws where it refuses: the operator is to read why.</summary>
    private bool Judge(X509Certificate? certificate, X509Chain? chain)
    {
        var judged = _validator.Validate(SentChain.Of(certificate, chain), _expected);
        return judged.IsValid
            ? true
            : throw new ApiException(
                ApiFailure.Unintelligible, $"{_peer.Address} does not prove to be the controller: {judged.Detail}", "compare --bundle with the controller's bundle, and the address");
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ApiException(
                ApiFailure.Unreachable, $"cannot connect to {_peer.Address}: {e.Message}", $"is {_peer.Program} running there, and does a firewall let you through?");
        }
    }
}
