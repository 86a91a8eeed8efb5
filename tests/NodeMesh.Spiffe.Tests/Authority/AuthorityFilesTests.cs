using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Tests.Authority;

/// <summary>An authority that openssl made: what it signs is accepted, and what is wrong with its files is said.</summary>
public sealed class AuthorityFilesTests : IDisposable
{
    private const string P256 = "ec_paramgen_curve:P-256";

    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");

    private readonly TemporaryDirectory _directory = new();

    public AuthorityFilesTests()
    {
        MakeRoot("root");
        MakeIssuing("issuing", "root", "pathlen:0");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_it_signs_is_accepted_by_its_roots()
    {
        var leaf = AssertSigns("issuing", "root");
        Assert.Contains("Authority Key Identifier", OpenSsl.RunOk("x509", "-in", leaf, "-noout", "-text"), StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_between_it_and_the_root_go_along()
    {
        MakeIssuing("middle", "root", "pathlen:1");
        MakeIssuing("lower", "middle", "pathlen:0");
        File.WriteAllText(_directory["chain.crt"], Text("lower.crt") + Text("middle.crt"));
        var authority = Load("chain.crt", "lower.key");
        var request = CertificateSigningRequest.Create(SpiffeId.Parse("spiffe://example.org/ns/shop/sa/cart"));
        Assert.Equal(3, authority.Sign(request.Der, request.Id).Count);

        // With the root at its end it is the same.
        File.AppendAllText(_directory["chain.crt"], Text("root.crt"));
        Assert.Equal(3, Load("chain.crt", "lower.key").Sign(request.Der, request.Id).Count);
    }

    [Fact]
    public void The_key_of_another_certificate_is_refused()
    {
        MakeIssuing("other", "root", "pathlen:0");
        AssertRefused("the private key does not belong to the certificate", "issuing.crt", "other.key");
    }

    [Theory]
    [InlineData("ED25519")]
    [InlineData("RSA", "rsa_keygen_bits:1024")]
    [InlineData("EC", "ec_paramgen_curve:secp256k1")]
    [InlineData("EC", P256, "ec_param_enc:explicit")]
    [InlineData("EC", "ec_paramgen_curve:P-384", "ec_param_enc:explicit")]
    public void A_key_of_another_kind_is_refused(string algorithm, params string[] options)
    {
        MakeKey("other", algorithm, options);
        AssertRefused("the private key is not an EC key (P-256, P-384 or P-521) or an RSA key of 2048 to 8192 bits in PKCS#8", "issuing.crt", "other.key");
    }

    [Theory]
    [InlineData("EC", "ec_paramgen_curve:P-384", "ecdsa-with-SHA384")]
    [InlineData("EC", "ec_paramgen_curve:P-521", "ecdsa-with-SHA512")]
    [InlineData("RSA", "rsa_keygen_bits:2048", "sha256WithRSAEncryption")]
    public void An_authority_with_a_key_of_another_kind_signs_as_well(string algorithm, string option, string signature)
    {
        MakeRoot("strong", algorithm, option);
        MakeIssuing("other", "strong", "pathlen:0", algorithm: algorithm, option: option);
        var leaf = AssertSigns("other", "strong");
        Assert.Contains($"Signature Algorithm: {signature}", OpenSsl.RunOk("x509", "-in", leaf, "-noout", "-text"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_authority_without_a_key_identifier_signs_as_well()
    {
        MakeIssuing("plain", "root", "pathlen:0", more: "subjectKeyIdentifier=none\n");
        Assert.DoesNotContain("Authority Key Identifier", OpenSsl.RunOk("x509", "-in", AssertSigns("plain", "root"), "-noout", "-text"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_others_can_read_is_refused()
    {
        File.SetUnixFileMode(_directory["issuing.key"], UnixFileMode.UserRead | UnixFileMode.GroupRead);
        AssertRefused("chmod 600");
    }

    [Fact]
    public void A_certificate_that_has_ended_is_refused() => AssertRefused(
        "is valid from", time: new FixedTime(DateTimeOffset.UtcNow + TimeSpan.FromDays(400)));

    [Fact]
    public void A_certificate_that_is_no_authority_is_refused()
    {
        MakeIssuing("leaf", "root", isAuthority: false);
        AssertRefused("it is not a CA certificate", "leaf.crt", "leaf.key");
    }

    [Fact]
    public void A_path_length_without_room_is_refused()
    {
        MakeIssuing("lower", "issuing", "pathlen:0");
        File.WriteAllText(_directory["chain.crt"], Text("lower.crt") + Text("issuing.crt"));
        AssertRefused("allows 0 signing certificates below it (path length), and there are 1", "chain.crt", "lower.key");
    }

    [Fact]
    public void A_chain_that_leads_to_no_root_is_refused()
    {
        MakeRoot("another");
        AssertRefused("was issued by \"CN=root\", which is not in", roots: "another.crt");
    }

    [Fact]
    public void A_root_of_the_same_name_that_did_not_issue_it_is_refused()
    {
        File.Move(_directory["root.crt"], _directory["right.crt"]);
        MakeRoot("root");
        AssertRefused("what it signs would not be accepted");
    }

    [Fact]
    public void Certificates_out_of_order_are_refused()
    {
        MakeIssuing("middle", "root", "pathlen:1");
        MakeIssuing("lower", "middle", "pathlen:0");
        File.WriteAllText(_directory["chain.crt"], Text("lower.crt") + Text("root.crt"));
        AssertRefused("certificate 2 did not issue the one before it", "chain.crt", "lower.key");
    }

    [Fact]
    public void A_certificate_of_another_trust_domain_is_refused()
    {
        MakeIssuing("foreign", "root", "pathlen:0", "URI:spiffe://other.example");
        AssertRefused("is of the trust domain other.example, not of example.org", "foreign.crt", "foreign.key");
    }

    [Theory]
    [InlineData("issuing.crt")]
    [InlineData("issuing.key")]
    [InlineData("root.crt")]
    public void A_file_that_is_missing_or_garbled_is_named(string name)
    {
        File.Move(_directory[name], _directory["away"]);
        Assert.Contains(_directory[name], AssertRefused("Could not find file").Message, StringComparison.Ordinal);
        File.WriteAllText(_directory[name], "nothing");
        File.SetUnixFileMode(_directory[name], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Contains(_directory[name], AssertRefused("no PEM").Message, StringComparison.Ordinal);
    }

    /// <summary>What it signs is good for us and for openssl; gives the leaf's file.</summary>
    private string AssertSigns(string issuing, string root)
    {
        var authority = Load($"{issuing}.crt", $"{issuing}.key", $"{root}.crt");
        var request = CertificateSigningRequest.Create(SpiffeId.Parse("spiffe://example.org/ns/shop/sa/cart"));
        var svid = request.Complete(authority.Sign(request.Der, request.Id));
        Assert.Equal(2, svid.Chain.Count);
        var bundle = new TrustBundle(Domain, authority.Roots);
        Assert.True(new SvidValidator(new TrustBundleSet([bundle]), TimeProvider.System).Validate(svid.Chain, request.Id).IsValid);
        var leaf = _directory["leaf.crt"];
        File.WriteAllText(leaf, svid.ChainToPem());
        OpenSsl.RunOk("verify", "-CAfile", _directory[$"{root}.crt"], "-untrusted", _directory[$"{issuing}.crt"], leaf);
        return leaf;
    }

    private AuthorityFiles Load(string certificate = "issuing.crt", string key = "issuing.key", string roots = "root.crt", TimeProvider? time = null) => AuthorityFiles.Load(
        Domain, _directory[certificate], _directory[key], _directory[roots], CertificateAuthorityOptions.Default, time ?? TimeProvider.System);

    private AuthorityException AssertRefused(
        string reason, string certificate = "issuing.crt", string key = "issuing.key", string roots = "root.crt", TimeProvider? time = null)
    {
        var error = Assert.Throws<AuthorityException>(() => Load(certificate, key, roots, time));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        return error;
    }

    private string Text(string name) => File.ReadAllText(_directory[name]);

    private void MakeRoot(string name, string algorithm = "EC", string option = P256)
    {
        MakeKey(name, algorithm, option);
        OpenSsl.RunOk(
            "req", "-x509", "-new", "-key", _directory[name + ".key"], "-subj", $"/CN={name}", "-days", "365", "-out", _directory[name + ".crt"],
            "-addext", "keyUsage=critical,keyCertSign,cRLSign");
    }

    private void MakeIssuing(
        string name, string issuer, string pathLength = "", string san = "", bool isAuthority = true, string algorithm = "EC", string option = P256, string more = "")
    {
        MakeKey(name, algorithm, option);
        OpenSsl.RunOk("req", "-new", "-key", _directory[name + ".key"], "-subj", $"/CN={name}", "-out", _directory[name + ".csr"]);
        var constraints = isAuthority ? $"CA:TRUE{(pathLength.Length > 0 ? "," + pathLength : "")}" : "CA:FALSE";
        File.WriteAllText(
            _directory[name + ".ext"],
            $"basicConstraints=critical,{constraints}\nkeyUsage=critical,keyCertSign,cRLSign\n{(san.Length > 0 ? $"subjectAltName={san}\n" : "")}{more}");
        OpenSsl.RunOk(
            "x509", "-req", "-in", _directory[name + ".csr"], "-CA", _directory[issuer + ".crt"], "-CAkey", _directory[issuer + ".key"], "-CAcreateserial", "-days", "300",
            "-extfile", _directory[name + ".ext"], "-out", _directory[name + ".crt"]);
    }

    private void MakeKey(string name, string algorithm, params string[] options) =>
        OpenSsl.RunOk(["genpkey", "-algorithm", algorithm, .. options.SelectMany(option => new[] { "-pkeyopt", option }), "-out", _directory[name + ".key"]]);
}
