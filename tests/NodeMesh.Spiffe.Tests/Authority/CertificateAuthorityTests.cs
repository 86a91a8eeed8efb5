using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Tests.Authority;

public sealed class CertificateAuthorityTests : IDisposable
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");
    private static readonly SpiffeId Cart = SpiffeId.ForWorkload(Domain, "shop", "cart");

    private readonly TemporaryDirectory _directory = new();
    private readonly FixedTime _time = new(DateTimeOffset.UtcNow);
    private readonly CertificateAuthority _root;
    private readonly CertificateAuthority _issuing;

    public CertificateAuthorityTests()
    {
        _root = CertificateAuthority.CreateRoot(Domain, CertificateAuthorityOptions.Default, _time);
        _issuing = _root.CreateIssuing();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_is_signed_validates_here_and_with_openssl()
    {
        var svid = Issue(Cart);

        var result = new SvidValidator(new TrustBundleSet([new TrustBundle(Domain, [_root.Certificate])]), _time).Validate(svid.Chain, Cart);

        Assert.True(result.IsValid, result.Detail);
        Assert.Equal(Seconds(_time.Now.AddSeconds(-10)), svid.NotBefore);
        Assert.Equal(Seconds(_time.Now.AddHours(24)), svid.NotAfter);
        Write("root.pem", _root.Certificate);
        Write("issuing.pem", _issuing.Certificate);
        Write("leaf.pem", svid.Chain[0]);
        foreach (var purpose in new[] { "sslserver", "sslclient" })
        {
            Assert.Contains(": OK", OpenSsl.RunOk(
                "verify", "-x509_strict", "-purpose", purpose, "-CAfile", _directory["root.pem"], "-untrusted", _directory["issuing.pem"], _directory["leaf.pem"]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_leaf_carries_what_the_standard_asks_as_openssl_reads_it()
    {
        Write("leaf.pem", Issue(Cart).Chain[0]);

        var text = OpenSsl.RunOk("x509", "-in", _directory["leaf.pem"], "-noout", "-text");

        Assert.Matches(@"X509v3 Subject Alternative Name: critical\s+URI:spiffe://example.org/ns/shop/sa/cart\n", text);
        Assert.Matches(@"X509v3 Basic Constraints: critical\s+CA:FALSE", text);
        Assert.Matches(@"X509v3 Key Usage: critical\s+Digital Signature\n", text);
        Assert.Contains("TLS Web Server Authentication, TLS Web Client Authentication", text, StringComparison.Ordinal);
        Assert.Contains("ASN1 OID: prime256v1", text, StringComparison.Ordinal);
        Assert.Contains("Signature Algorithm: ecdsa-with-SHA256", text, StringComparison.Ordinal);
        Assert.Matches(@"Subject: *\n", text);
    }

    [Fact]
    public void A_root_and_an_issuing_authority_carry_the_ID_of_the_trust_domain()
    {
        Write("root.pem", _root.Certificate);
        Write("issuing.pem", _issuing.Certificate);
        foreach (var (file, pathLength) in new[] { ("root.pem", 1), ("issuing.pem", 0) })
        {
            var text = OpenSsl.RunOk("x509", "-in", _directory[file], "-noout", "-text");

            Assert.Matches(@"X509v3 Subject Alternative Name: *\n\s+URI:spiffe://example.org\n", text);
            Assert.Matches(@"X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign\n", text);
            Assert.Matches($@"X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:{pathLength}", text);
        }

        Assert.InRange(_root.NotAfter - _time.Now, TimeSpan.FromDays(3649), TimeSpan.FromDays(3651));
    }

    [Fact]
    public void Serial_numbers_are_positive_random_and_of_128_bits()
    {
        var serials = Enumerable.Range(0, 200)
            .Select(_ => BigInteger.Parse("0" + Issue(Cart).SerialNumber, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            .ToList();

        Assert.Equal(serials.Count, serials.Distinct().Count());
        Assert.All(serials, s => Assert.InRange(s.GetBitLength(), 96, 128));
        Assert.Contains(serials, s => s.GetBitLength() == 128);
        Write("leaf.pem", Issue(Cart).Chain[0]);
        Assert.DoesNotContain("serial=-", OpenSsl.RunOk("x509", "-in", _directory["leaf.pem"], "-noout", "-serial"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_made_by_openssl_is_signed_for_the_allowed_identity_only()
    {
        var der = OpenSslRequest("URI:spiffe://example.org/ns/shop/sa/cart");

        var chain = _issuing.Sign(der, Cart, TimeSpan.FromHours(1));
        var refusal = Assert.Throws<CertificateRequestRefusedException>(() => _issuing.Sign(der, SpiffeId.ForWorkload(Domain, "shop", "orders")));

        var svid = X509Svid.FromDer(chain, File.ReadAllBytes(_directory["csr.key.der"]));
        Assert.Equal(Cart, svid.Id);
        Assert.Equal(Seconds(_time.Now.AddHours(1)), svid.NotAfter);
        Assert.Contains("/sa/orders", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Our_request_satisfies_openssl()
    {
        File.WriteAllBytes(_directory["csr.der"], CertificateSigningRequest.Create(Cart).Der.ToArray());

        var text = OpenSsl.RunOk("req", "-inform", "DER", "-in", _directory["csr.der"], "-verify", "-noout", "-text");

        Assert.Contains("verify OK", text, StringComparison.Ordinal);
        Assert.Contains("URI:spiffe://example.org/ns/shop/sa/cart", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("URI:spiffe://example.org/ns/shop/sa/cart,URI:spiffe://example.org/ns/shop/sa/admin")]
    [InlineData("URI:spiffe://example.org/ns/shop/sa/cart,DNS:admin.example.org")]
    [InlineData("DNS:cart")]
    [InlineData("URI:spiffe://example.org/ns/shop/sa/Cart")]
    public void A_request_for_any_other_name_is_refused(string san) =>
        Assert.Throws<CertificateRequestRefusedException>(() => _issuing.Sign(OpenSslRequest(san), Cart));

    [Theory]
    [InlineData("RSA", "rsa_keygen_bits:2048")]
    [InlineData("EC", "ec_paramgen_curve:P-384")]
    [InlineData("ED25519", null)]
    public void A_request_with_a_key_of_another_kind_is_refused(string algorithm, string? option) =>
        Assert.Throws<CertificateRequestRefusedException>(
            () => _issuing.Sign(OpenSslRequest("URI:spiffe://example.org/ns/shop/sa/cart", algorithm, option), Cart));

    [Fact]
    public void Nothing_else_of_a_request_reaches_the_certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var greedy = new LeafRecipe
        {
            Subject = "CN=admin",
            IsAuthority = true,
            KeyUsage = X509KeyUsageFlags.KeyCertSign,
            Extra = new X509Extension("1.2.3.4", [5, 0], critical: true),
        };

        var svid = X509Svid.FromDer(_issuing.Sign(greedy.ToRequest(key).CreateSigningRequest(), Cart), key.ExportPkcs8PrivateKey());

        Write("leaf.pem", svid.Chain[0]);
        var text = OpenSsl.RunOk("x509", "-in", _directory["leaf.pem"], "-noout", "-text");
        Assert.Contains("CA:FALSE", text, StringComparison.Ordinal);
        Assert.DoesNotContain("admin", text, StringComparison.Ordinal);
        Assert.DoesNotContain("1.2.3.4", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_without_proof_of_possession_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var victim = new PublicKey(key);
        var request = new CertificateRequest(new X500DistinguishedName(""), victim, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(LeafRecipe.San([Cart.ToString()], [], critical: true));
        var der = request.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(other));

        Assert.Throws<CertificateRequestRefusedException>(() => _issuing.Sign(der, Cart));
    }

    [Fact]
    public void A_changed_request_is_always_refused()
    {
        var der = CertificateSigningRequest.Create(Cart).Der.ToArray();
        var random = new Random(7);
        for (var i = 0; i < 3000; i++)
        {
            var changed = (byte[])der.Clone();
            changed[random.Next(changed.Length)] ^= (byte)random.Next(1, 256);
            var length = i % 4 == 0 ? random.Next(der.Length) : der.Length;

            Assert.Throws<CertificateRequestRefusedException>(() => _issuing.Sign(changed.AsSpan(0, length), Cart));
        }

        Assert.Throws<CertificateRequestRefusedException>(() => _issuing.Sign([.. der, 0], Cart));
        Assert.Throws<CertificateRequestRefusedException>(() => _issuing.Sign(new byte[(16 * 1024) + 1], Cart));
    }

    [Fact]
    public void An_identity_outside_the_trust_domain_is_not_signed()
    {
        var foreign = SpiffeId.Parse("spiffe://elsewhere.org/a");

        Assert.Throws<AuthorityException>(() => _issuing.Sign(CertificateSigningRequest.Create(foreign).Der.Span, foreign));
        Assert.Throws<AuthorityException>(() => _issuing.Sign(CertificateSigningRequest.Create(Domain.Id).Der.Span, Domain.Id));
    }

    [Fact]
    public void A_leaf_ends_with_its_authority_at_the_latest()
    {
        _time.Now = _issuing.NotAfter.AddHours(-1);
        Assert.Equal(_issuing.NotAfter, Issue(Cart).NotAfter);

        _time.Now = _issuing.NotAfter;
        Assert.Throws<AuthorityException>(() => Issue(Cart));
    }

    [Fact]
    public void Every_legal_ID_gets_a_certificate_that_carries_it_unchanged()
    {
        const string Alphabet = "aZ09._-";
        var random = new Random(8);
        for (var i = 0; i < 150; i++)
        {
            var segments = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Word() + "x");
            var domain = TrustDomain.Parse(Word());
            var id = SpiffeId.FromPath(domain, "/" + string.Join('/', segments));
            var root = CertificateAuthority.CreateRoot(domain, CertificateAuthorityOptions.Default, _time);
            var request = CertificateSigningRequest.Create(id);

            var svid = request.Complete(root.Sign(request.Der.Span, id));

            var result = new SvidValidator(new TrustBundleSet([new TrustBundle(domain, [root.Certificate])]), _time).Validate(svid.Chain);
            Assert.True(result.IsValid, result.Detail);
            Assert.Equal(id.ToString(), result.Id.ToString());
        }

        string Word() => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
    }

    [Fact]
    public void Roots_rotate_with_overlap()
    {
        var old = AuthorityGeneration.Create(Domain, CertificateAuthorityOptions.Default, _time);
        var next = AuthorityGeneration.Create(Domain, CertificateAuthorityOptions.Default, _time);
        var start = new AuthorityRotation(old, null, []);
        var prepared = start.Prepare(next);
        var activated = prepared.Activate();
        var retired = activated.Retire();

        Assert.Throws<AuthorityException>(start.Activate);
        Assert.Throws<AuthorityException>(start.Retire);
        Assert.Throws<AuthorityException>(() => prepared.Prepare(next));
        Assert.Throws<AuthorityException>(() => activated.Prepare(next));
        Assert.Same(old, prepared.Active);
        Assert.Same(next, activated.Active);

        var bundle = start.MakeBundle(null);
        foreach (var (state, trustsOld, trustsNext) in new[] { (start, true, false), (prepared, true, true), (activated, true, true), (retired, false, true) })
        {
            var validator = new SvidValidator(new TrustBundleSet([state.MakeBundle(bundle)]), _time);
            Assert.Equal(trustsOld, validator.Validate(Issue(Cart, old.Issuing).Chain).IsValid);
            Assert.Equal(trustsNext, validator.Validate(Issue(Cart, next.Issuing).Chain).IsValid);
        }

        Assert.Equal(bundle.Sequence + 1, prepared.MakeBundle(bundle).Sequence);
    }

    [Fact]
    public void An_answer_for_another_identity_or_key_is_refused_by_the_requester()
    {
        var request = CertificateSigningRequest.Create(Cart);
        var other = CertificateSigningRequest.Create(Cart);

        Assert.Throws<X509SvidException>(() => request.Complete(_issuing.Sign(other.Der.Span, Cart)));
    }

    private static DateTimeOffset Seconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    private X509Svid Issue(SpiffeId id, CertificateAuthority? authority = null)
    {
        var request = CertificateSigningRequest.Create(id);
        return request.Complete((authority ?? _issuing).Sign(request.Der.Span, id));
    }

    private void Write(string name, ReadOnlyMemory<byte> certificate) =>
        File.WriteAllText(_directory[name], PemEncoding.WriteString("CERTIFICATE", certificate.Span) + "\n");

    private byte[] OpenSslRequest(string san, string algorithm = "EC", string? option = "ec_paramgen_curve:P-256")
    {
        string[] options = option is null ? [] : ["-pkeyopt", option];
        OpenSsl.RunOk(["genpkey", "-algorithm", algorithm, .. options, "-out", _directory["csr.key"]]);
        OpenSsl.RunOk("pkcs8", "-topk8", "-nocrypt", "-in", _directory["csr.key"], "-outform", "DER", "-out", _directory["csr.key.der"]);
        OpenSsl.RunOk(
            "req", "-new", "-key", _directory["csr.key"], "-subj", "/CN=ignored", "-addext", "subjectAltName=" + san, "-outform", "DER", "-out", _directory["csr.der"]);
        return File.ReadAllBytes(_directory["csr.der"]);
    }
}
