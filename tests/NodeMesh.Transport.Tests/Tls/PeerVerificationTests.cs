using System.Security.Cryptography;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>Who is refused, why, and what each side is told.</summary>
public sealed class PeerVerificationTests : IDisposable
{
    private const byte BadCertificate = 42;
    private const byte CertificateExpired = 45;
    private const byte UnknownCa = 48;

    private readonly Mesh _mesh = new();

    [Fact]
    public void A_server_of_another_identity_is_refused_and_both_identities_are_told()
    {
        using var link = new Link(_mesh.Client, new TlsServerContext(_mesh.ServerIdentities, _ => Mesh.Stock, TimeProvider.System), Mesh.Cart, Mesh.Node, Mesh.Orders);

        Assert.Equal((TlsStatus.Failed, TlsStatus.Failed), link.Handshake());
        Assert.Equal(TlsFailureCode.UnexpectedIdentity, link.Client.Failure!.Code);
        Assert.Contains("expected spiffe://mesh.test/node or spiffe://mesh.test/orders", link.Client.Failure.Detail, StringComparison.Ordinal);
        Assert.Contains("is spiffe://mesh.test/stock", link.Client.Failure.Detail, StringComparison.Ordinal);
        Assert.Equal(TlsFailureCode.PeerAlert, link.Server.Failure!.Code);
        Assert.Equal(BadCertificate, link.Server.Failure.Alert);
        Assert.Null(link.Client.PeerId);
    }

    [Fact]
    public void One_of_several_expected_identities_is_enough()
    {
        using var link = _mesh.Connect(Mesh.Orders, Mesh.Node).Established();

        Assert.Null(link.Server.ServerName);
        Assert.Equal(Mesh.Node, link.Client.PeerId);
    }

    [Fact]
    public void A_client_SVID_with_two_URI_SANs_is_refused() => AssertClientRefused(
        _mesh.Authority.Issue(["spiffe://mesh.test/cart", "spiffe://mesh.test/admin"]),
        TlsFailureCode.InvalidPeerSvid,
        BadCertificate);

    [Fact]
    public void A_client_certificate_without_a_SPIFFE_ID_is_refused() => AssertClientRefused(
        _mesh.Authority.Issue(["https://mesh.test/cart"]),
        TlsFailureCode.InvalidPeerSvid,
        BadCertificate);

    [Fact]
    public void An_expired_client_SVID_is_refused() => AssertClientRefused(
        _mesh.Authority.Issue(["spiffe://mesh.test/cart"], TimeSpan.FromHours(-2), TimeSpan.FromHours(-1)),
        TlsFailureCode.PeerCertificateExpired,
        CertificateExpired);

    [Fact]
    public void A_client_SVID_that_is_not_valid_yet_is_refused() => AssertClientRefused(
        _mesh.Authority.Issue(["spiffe://mesh.test/cart"], TimeSpan.FromHours(1), TimeSpan.FromHours(2)),
        TlsFailureCode.PeerCertificateNotYetValid,
        BadCertificate);

    [Fact]
    public void A_client_of_an_unknown_trust_domain_is_refused()
    {
        using var other = TestAuthority.Create("elsewhere.test");
        AssertClientRefused(other.Issue("/cart"), TlsFailureCode.UntrustedPeer, UnknownCa);
    }

    [Fact]
    public void A_client_of_our_trust_domain_that_another_authority_signed_is_refused()
    {
        using var impostor = TestAuthority.Create();
        AssertClientRefused(impostor.Issue("/cart"), TlsFailureCode.UntrustedPeer, UnknownCa);
    }

    [Fact]
    public void A_trust_domain_that_is_known_cannot_vouch_for_another()
    {
        using var other = TestAuthority.Create("elsewhere.test");
        _mesh.Server.Identities = TestIdentities.Set(
            TimeProvider.System,
            TestIdentities.Bundles(_mesh.Authority, other),
            (Mesh.Orders, _mesh.Authority.Issue("/orders")));
        AssertClientRefused(other.Issue(["spiffe://mesh.test/cart"]), TlsFailureCode.UntrustedPeer, UnknownCa);
    }

    [Fact]
    public void Federated_trust_domains_meet()
    {
        using var other = TestAuthority.Create("elsewhere.test");
        var cart = TestIdentities.Id("/cart", "elsewhere.test");
        var bundles = TestIdentities.Bundles(_mesh.Authority, other);
        using var server = TestIdentities.Set(TimeProvider.System, bundles, (Mesh.Orders, _mesh.Authority.Issue("/orders")));
        using var client = TestIdentities.Set(TimeProvider.System, bundles, (cart, other.Issue("/cart")));
        _mesh.Server.Identities = server;
        _mesh.Client.Identities = client;

        using var link = new Link(_mesh.Client, _mesh.Server, cart, Mesh.Orders).Established();
        Assert.Equal(cart, link.Server.PeerId);
    }

    [Fact]
    public void An_intermediate_that_the_peer_presents_is_followed()
    {
        using var intermediate = _mesh.Authority.CreateIntermediate();
        using var client = TestIdentities.Set(TimeProvider.System, TestIdentities.Bundles(_mesh.Authority), (Mesh.Cart, intermediate.Issue("/cart")));
        _mesh.Client.Identities = client;

        using var link = _mesh.Connect(Mesh.Orders).Established();
        Assert.Equal(Mesh.Cart, link.Server.PeerId);
    }

    [Fact]
    public void An_expired_server_is_refused_by_the_client()
    {
        _mesh.Server.Identities = TestIdentities.Set(
            TimeProvider.System,
            TestIdentities.Bundles(_mesh.Authority),
            (Mesh.Orders, _mesh.Authority.Issue(["spiffe://mesh.test/orders"], TimeSpan.FromHours(-2), TimeSpan.FromHours(-1))));
        using var link = _mesh.Connect(Mesh.Orders);

        Assert.Equal((TlsStatus.Failed, TlsStatus.Failed), link.Handshake());
        Assert.Equal(TlsFailureCode.PeerCertificateExpired, link.Client.Failure!.Code);
        Assert.Equal(CertificateExpired, link.Server.Failure!.Alert);
    }

    [Fact]
    public void RSA_SVIDs_are_taken()
    {
        using var key = RSA.Create(2048);
        using var client = TestIdentities.Set(
            TimeProvider.System,
            TestIdentities.Bundles(_mesh.Authority),
            (Mesh.Cart, _mesh.Authority.Issue(["spiffe://mesh.test/cart"], key: key)));
        _mesh.Client.Identities = client;

        using var link = _mesh.Connect(Mesh.Orders).Established();
        Assert.Equal(Mesh.Cart, link.Server.PeerId);
    }

    [Theory]
    [InlineData("RSA")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    public void SVIDs_of_an_authority_with_a_key_of_another_kind_are_taken(string kind)
    {
        using AsymmetricAlgorithm key = kind == "RSA" ? RSA.Create(2048) : ECDsa.Create(ECCurve.CreateFromFriendlyName(kind));
        using var authority = TestAuthority.Create(key: key);
        using var intermediate = authority.CreateIntermediate();
        var bundles = TestIdentities.Bundles(authority);
        using var client = TestIdentities.Set(TimeProvider.System, bundles, (Mesh.Cart, intermediate.Issue("/cart")));
        using var server = TestIdentities.Set(TimeProvider.System, bundles, (Mesh.Orders, authority.Issue("/orders")));
        (_mesh.Client.Identities, _mesh.Server.Identities) = (client, server);

        using var link = _mesh.Connect(Mesh.Orders).Established();
        Assert.Equal(Mesh.Cart, link.Server.PeerId);
    }

    [Fact]
    public void A_source_without_an_SVID_fails_before_a_byte_is_sent()
    {
        using var link = new Link(_mesh.Client, _mesh.Server, TestIdentities.Id("/stranger"), Mesh.Orders);

        Assert.Equal(TlsStatus.Failed, link.Client.Handshake());
        Assert.Equal(TlsFailureCode.NoLocalIdentity, link.Client.Failure!.Code);
        Assert.Equal(0, link.Sockets.Server.Available);
    }

    [Fact]
    public void A_key_that_does_not_fit_its_certificate_is_not_used()
    {
        var leaf = _mesh.Authority.Issue("/cart") with { Pkcs8 = _mesh.Authority.Issue("/cart").Pkcs8 };
        Assert.ThrowsAny<Exception>(() =>
        {
            _mesh.Client.Identities = TestIdentities.Set(TimeProvider.System, TestIdentities.Bundles(_mesh.Authority), (Mesh.Cart, leaf));
            using var link = _mesh.Connect(Mesh.Orders);
        });
    }

    public void Dispose() => _mesh.Dispose();

    private void AssertClientRefused(TestLeaf leaf, TlsFailureCode code, byte alert)
    {
        using var client = TestIdentities.Set(TimeProvider.System, TestIdentities.Bundles(_mesh.Authority), (Mesh.Cart, leaf));
        _mesh.Client.Identities = client;
        using var link = _mesh.Connect(Mesh.Orders);

        // The client is done before the server judges it; it learns of the refusal when it reads.
        Assert.Equal((TlsStatus.Done, TlsStatus.Failed), link.Handshake());
        Assert.True(code == link.Server.Failure!.Code, $"{link.Server.Failure}");
        Assert.Null(link.Server.PeerId);
        Assert.Equal(TlsStatus.Failed, Link.ReadToEnd(link.Client, link.Sockets.Client));
        Assert.Equal(TlsFailureCode.PeerAlert, link.Client.Failure!.Code);
        Assert.Equal(alert, link.Client.Failure.Alert);
    }
}
