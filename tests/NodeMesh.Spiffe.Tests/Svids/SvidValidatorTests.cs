using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Tests.Svids;

public sealed class SvidValidatorTests : IDisposable
{
    private const string Cart = "spiffe://example.org/ns/shop/sa/cart";

    private readonly TestAuthority _root = TestAuthority.Root();
    private readonly FixedTime _time = new(TestAuthority.Now);

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_leaf_signed_by_the_root_is_its_identity()
    {
        var result = Validate(new LeafRecipe());

        Assert.True(result.IsValid, result.Detail);
        Assert.Equal(SpiffeId.Parse(Cart), result.Id);
        Assert.Equal(TestAuthority.Now.AddHours(24), result.NotAfter);
    }

    [Fact]
    public void A_leaf_below_an_intermediate_is_its_identity()
    {
        using var issuing = _root.Issuing();

        var result = Validate(issuing.Leaf(new LeafRecipe()), issuing.Certificate.RawData);

        Assert.Equal(SpiffeId.Parse(Cart), result.Id);
    }

    [Fact]
    public void The_identity_ends_when_the_first_certificate_of_the_path_ends()
    {
        using var issuing = _root.Issuing(notAfter: TestAuthority.Now.AddHours(1));

        var result = Validate(issuing.Leaf(new LeafRecipe()), issuing.Certificate.RawData);

        Assert.Equal(TestAuthority.Now.AddHours(1), result.NotAfter);
    }

    [Fact]
    public void Intermediates_may_come_in_any_order_and_with_the_root()
    {
        using var upper = _root.Issuing("upper");
        using var lower = upper.Issuing("lower");

        var result = Validate(lower.Leaf(new LeafRecipe()), _root.Certificate.RawData, upper.Certificate.RawData, lower.Certificate.RawData);

        Assert.True(result.IsValid, result.Detail);
    }

    [Fact]
    public void DNS_names_beside_the_one_URI_are_allowed() =>
        Assert.True(Validate(new LeafRecipe { DnsNames = ["cart.shop.mesh", "cart"] }).IsValid);

    [Fact]
    public void A_leaf_without_BasicConstraints_is_no_CA_and_allowed() =>
        Assert.True(Validate(new LeafRecipe { IsAuthority = null }).IsValid);

    [Fact]
    public void A_leaf_without_ExtendedKeyUsage_is_allowed() => Assert.True(Validate(new LeafRecipe { Purposes = null }).IsValid);

    [Fact]
    public void A_SAN_beside_a_subject_need_not_be_critical() =>
        Assert.True(Validate(new LeafRecipe { Subject = "O=SPIRE", SanCritical = false }).IsValid);

    [Fact]
    public void A_SAN_without_a_subject_must_be_critical() => Refused(SvidFailure.SanNotCritical, new LeafRecipe { SanCritical = false });

    [Fact]
    public void A_second_URI_SAN_is_refused() =>
        Refused(SvidFailure.SeveralUriSans, new LeafRecipe { Uris = [Cart, "spiffe://example.org/ns/shop/sa/admin"] });

    [Fact]
    public void A_second_URI_SAN_is_refused_also_when_it_is_no_SPIFFE_ID() =>
        Refused(SvidFailure.SeveralUriSans, new LeafRecipe { Uris = [Cart, "https://example.org"] });

    [Fact]
    public void A_second_SAN_extension_is_refused()
    {
        // The platform's request refuses two of a kind, so the second is smuggled in under an OID of the same length.
        var decoy = LeafRecipe.San(["spiffe://example.org/ns/shop/sa/admin"], [], critical: true);
        var leaf = _root.Leaf(new LeafRecipe { Extra = new X509Extension("2.5.29.99", decoy.RawData, critical: false) });
        var at = leaf.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x06, 0x03, 0x55, 0x1D, 99]);
        leaf[at + 4] = 17;

        Assert.Equal(SvidFailure.MalformedCertificate, Validate(leaf).Failure);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_URI_SAN_is_refused(bool withDns) =>
        Refused(SvidFailure.NoUriSan, new LeafRecipe { Uris = [], DnsNames = withDns ? ["cart"] : [] });

    [Theory]
    [InlineData("https://example.org/ns/shop/sa/cart")]
    [InlineData("spiffe://example.org/ns/../sa/cart")]
    [InlineData("spiffe://example.org:1/cart")]
    public void A_URI_that_is_no_SPIFFE_ID_is_refused(string uri) =>
        Refused(SvidFailure.MalformedSpiffeId, new LeafRecipe { Uris = [uri] });

    [Fact]
    public void The_root_path_is_refused() => Refused(SvidFailure.RootPath, new LeafRecipe { Uris = ["spiffe://example.org"] });

    [Fact]
    public void A_CA_certificate_is_refused_as_a_leaf() => Refused(SvidFailure.LeafIsAuthority, new LeafRecipe { IsAuthority = true });

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign)]
    [InlineData(X509KeyUsageFlags.KeyEncipherment)]
    public void A_wrong_KeyUsage_is_refused(X509KeyUsageFlags usage) => Refused(SvidFailure.WrongKeyUsage, new LeafRecipe { KeyUsage = usage });

    [Fact]
    public void A_missing_KeyUsage_is_refused() => Refused(SvidFailure.KeyUsageMissing, new LeafRecipe { KeyUsage = null });

    [Fact]
    public void A_KeyUsage_that_is_not_critical_is_refused() =>
        Refused(SvidFailure.KeyUsageNotCritical, new LeafRecipe { KeyUsageCritical = false });

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.1")]
    [InlineData("1.3.6.1.5.5.7.3.2")]
    [InlineData("1.3.6.1.5.5.7.3.3")]
    public void An_ExtendedKeyUsage_needs_both_purposes(string only) =>
        Refused(SvidFailure.WrongExtendedKeyUsage, new LeafRecipe { Purposes = [only] });

    [Fact]
    public void An_expired_leaf_is_refused() => Refused(
        SvidFailure.Expired, new LeafRecipe { NotBefore = TestAuthority.Now.AddHours(-2), NotAfter = TestAuthority.Now.AddSeconds(-1) });

    [Fact]
    public void A_leaf_of_the_future_is_refused() => Refused(SvidFailure.NotYetValid, new LeafRecipe { NotBefore = TestAuthority.Now.AddSeconds(1) });

    [Fact]
    public void Validity_includes_its_last_second()
    {
        var leaf = _root.Leaf(new LeafRecipe());
        _time.Now = TestAuthority.Now.AddHours(24).AddMilliseconds(-1);
        Assert.True(Validate(leaf).IsValid);

        _time.Now = TestAuthority.Now.AddHours(24).AddSeconds(1);
        Assert.Equal(SvidFailure.Expired, Validate(leaf).Failure);
    }

    [Fact]
    public void A_certificate_that_never_ends_is_allowed() =>
        Assert.True(Validate(new LeafRecipe { NotAfter = new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero) }).IsValid);

    [Fact]
    public void An_expired_intermediate_is_refused_and_named()
    {
        using var issuing = _root.Issuing("old-issuing", notAfter: TestAuthority.Now.AddSeconds(-1));

        var result = Validate(issuing.Leaf(new LeafRecipe()), issuing.Certificate.RawData);

        Assert.Equal(SvidFailure.Expired, result.Failure);
        Assert.Contains("old-issuing", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_intermediate_of_the_future_is_refused()
    {
        using var issuing = _root.Issuing(notBefore: TestAuthority.Now.AddDays(1));

        Assert.Equal(SvidFailure.NotYetValid, Validate(issuing.Leaf(new LeafRecipe()), issuing.Certificate.RawData).Failure);
    }

    [Fact]
    public void An_expired_root_is_refused()
    {
        using var old = TestAuthority.Root("old", notAfter: TestAuthority.Now.AddDays(-1));

        var result = new SvidValidator(new TrustBundleSet([old.Bundle()]), _time).Validate([old.Leaf(new LeafRecipe())]);

        Assert.Equal(SvidFailure.Expired, result.Failure);
    }

    [Fact]
    public void A_trust_domain_without_a_bundle_is_unknown()
    {
        var result = Validate(new LeafRecipe { Uris = ["spiffe://elsewhere.org/a"] });

        Assert.Equal(SvidFailure.UnknownTrustDomain, result.Failure);
        Assert.Contains("elsewhere.org", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_authority_of_one_trust_domain_does_not_vouch_for_another()
    {
        using var other = TestAuthority.Root("other");
        var bundles = new TrustBundleSet([_root.Bundle(), other.Bundle("elsewhere.org")]);
        var leaf = _root.Leaf(new LeafRecipe { Uris = ["spiffe://elsewhere.org/a"] });

        var result = new SvidValidator(bundles, _time).Validate([leaf, _root.Certificate.RawData]);

        Assert.Equal(SvidFailure.UntrustedChain, result.Failure);
    }

    [Fact]
    public void A_root_of_the_same_name_with_another_key_is_not_trusted()
    {
        using var impostor = TestAuthority.Root();

        Assert.Equal(SvidFailure.UntrustedChain, Validate(impostor.Leaf(new LeafRecipe()), impostor.Certificate.RawData).Failure);
        Assert.Equal(SvidFailure.UntrustedChain, Validate(impostor.Leaf(new LeafRecipe())).Failure);
    }

    [Fact]
    public void A_self_signed_leaf_is_not_trusted()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using var leaf = new LeafRecipe { Subject = "CN=root" }.ToRequest(key).CreateSelfSigned(TestAuthority.Now.AddHours(-1), TestAuthority.Now.AddHours(1));

        Assert.Equal(SvidFailure.UntrustedChain, Validate(leaf.RawData).Failure);
    }

    [Fact]
    public void A_leaf_cannot_sign_another()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using var notAnAuthority = _root.Issuing("leaf", isAuthority: false, keyUsage: false);

        Assert.Equal(SvidFailure.UntrustedChain, Validate(notAnAuthority.Leaf(new LeafRecipe()), notAnAuthority.Certificate.RawData).Failure);
    }

    [Fact]
    public void An_intermediate_without_keyCertSign_cannot_sign()
    {
        using var issuing = _root.Issuing(keyUsage: false);

        Assert.Equal(SvidFailure.UntrustedChain, Validate(issuing.Leaf(new LeafRecipe()), issuing.Certificate.RawData).Failure);
    }

    [Fact]
    public void An_intermediate_whose_SPIFFE_ID_has_a_path_cannot_sign()
    {
        using var issuing = _root.Issuing(uri: "spiffe://example.org/ca");

        Assert.Equal(SvidFailure.UntrustedChain, Validate(issuing.Leaf(new LeafRecipe()), issuing.Certificate.RawData).Failure);
    }

    [Fact]
    public void An_authority_that_is_not_self_signed_does_not_end_a_path()
    {
        using var issuing = _root.Issuing();
        var validator = new SvidValidator(new TrustBundleSet([issuing.Bundle()]), _time);

        Assert.Equal(SvidFailure.UntrustedChain, validator.Validate([issuing.Leaf(new LeafRecipe())]).Failure);
        Assert.Equal(
            SvidFailure.UntrustedChain, validator.Validate([issuing.Leaf(new LeafRecipe()), _root.Certificate.RawData]).Failure);
    }

    [Fact]
    public void A_missing_intermediate_is_an_untrusted_chain()
    {
        using var issuing = _root.Issuing();

        Assert.Equal(SvidFailure.UntrustedChain, Validate(issuing.Leaf(new LeafRecipe())).Failure);
    }

    [Fact]
    public void An_empty_bundle_revokes_everything()
    {
        var empty = new TrustBundleSet([new TrustBundle(TrustDomain.Parse("example.org"), [])]);

        var result = new SvidValidator(empty, _time).Validate([_root.Leaf(new LeafRecipe())]);

        Assert.Equal(SvidFailure.UntrustedChain, result.Failure);
        Assert.Contains("revoked", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_altered_signature_is_refused()
    {
        var leaf = _root.Leaf(new LeafRecipe());
        leaf[^1] ^= 1;

        Assert.NotEqual(SvidFailure.None, Validate(leaf).Failure);
    }

    [Fact]
    public void Another_identity_than_the_expected_one_is_refused()
    {
        ReadOnlyMemory<byte>[] chain = [_root.Leaf(new LeafRecipe())];
        var validator = new SvidValidator(new TrustBundleSet([_root.Bundle()]), _time);

        Assert.True(validator.Validate(chain, SpiffeId.Parse(Cart)).IsValid);
        var result = validator.Validate(chain, SpiffeId.Parse("spiffe://example.org/ns/shop/sa/orders"));

        Assert.Equal(SvidFailure.UnexpectedIdentity, result.Failure);
        Assert.Null(result.Id);
    }

    [Fact]
    public void No_certificate_a_long_chain_and_a_large_certificate_are_refused()
    {
        Assert.Equal(SvidFailure.NoCertificate, Validate().Failure);
        Assert.Equal(SvidFailure.ChainTooLong, Validate(Enumerable.Repeat(_root.Leaf(new LeafRecipe()), 9).ToArray()).Failure);
        Assert.Equal(SvidFailure.CertificateTooLarge, Validate(new byte[(16 * 1024) + 1]).Failure);
        Assert.Equal(SvidFailure.CertificateTooLarge, Validate(_root.Leaf(new LeafRecipe()), new byte[(16 * 1024) + 1]).Failure);
    }

    [Fact]
    public void PEM_and_trailing_bytes_are_malformed()
    {
        var leaf = _root.Leaf(new LeafRecipe());

        Assert.Equal(SvidFailure.MalformedCertificate, Validate([.. leaf, 0]).Failure);
        Assert.Equal(SvidFailure.MalformedCertificate, Validate(System.Text.Encoding.ASCII.GetBytes(_root.Certificate.ExportCertificatePem())).Failure);
        Assert.Equal(SvidFailure.MalformedCertificate, Validate(Array.Empty<byte>()).Failure);
        Assert.Equal(SvidFailure.MalformedCertificate, Validate(leaf, [1, 2, 3]).Failure);
    }

    [Fact]
    public void What_the_peer_wrote_cannot_forge_a_log_line()
    {
        var result = Validate(new LeafRecipe { Uris = ["spiffe://example.org/\r\n2030-01-01 all is well\u001b[2J"] });

        Assert.Equal(SvidFailure.MalformedSpiffeId, result.Failure);
        Assert.DoesNotContain(result.Detail, char.IsControl);
    }

    [Fact]
    public async Task Many_threads_validate_with_one_bundle()
    {
        using var issuing = _root.Issuing();
        ReadOnlyMemory<byte>[] chain = [issuing.Leaf(new LeafRecipe()), issuing.Certificate.RawData];
        var validator = new SvidValidator(new TrustBundleSet([_root.Bundle()]), _time);

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => Enumerable.Range(0, 50).All(_ => validator.Validate(chain).IsValid))));

        Assert.All(all, Assert.True);
    }

    private SvidValidation Validate(LeafRecipe recipe) => Validate(_root.Leaf(recipe));

    private SvidValidation Validate(params byte[][] chain) =>
        new SvidValidator(new TrustBundleSet([_root.Bundle()]), _time).Validate([.. chain.Select(c => (ReadOnlyMemory<byte>)c)]);

    private void Refused(SvidFailure expected, LeafRecipe recipe)
    {
        var result = Validate(recipe);

        Assert.Equal(expected, result.Failure);
        Assert.False(result.IsValid);
        Assert.Null(result.Id);
        Assert.NotEmpty(result.Detail);
    }
}
