using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using NodeMesh.Spiffe.Bundles;

namespace NodeMesh.Spiffe.Tests.Bundles;

public sealed class TrustBundleTests : IDisposable
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");

    private readonly TestAuthority _root = TestAuthority.Root();
    private readonly TestAuthority _other = TestAuthority.Root("other");

    private string RootX5c => Convert.ToBase64String(_root.Certificate.RawData);

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_bundle_reads_back_as_it_was_written()
    {
        var bundle = new TrustBundle(
            Domain, [_root.Certificate.RawData, _other.Certificate.RawData, _root.Certificate.RawData], ulong.MaxValue, TimeSpan.FromSeconds(60));

        var again = TrustBundle.Parse(Domain, bundle.ToJson());

        Assert.Equal(ulong.MaxValue, again.Sequence);
        Assert.Equal(TimeSpan.FromSeconds(60), again.RefreshHint);
        Assert.Equal(
            [_root.Certificate.RawData, _other.Certificate.RawData],
            again.X509Authorities.Select(a => a.ToArray()));
        Assert.Equal(bundle.ToJson(), again.ToJson());
    }

    [Fact]
    public void What_is_written_is_a_JWK_set_by_the_letter()
    {
        using var document = JsonDocument.Parse(new TrustBundle(Domain, [_root.Certificate.RawData], 7).ToJson());
        var key = document.RootElement.GetProperty("keys")[0];

        Assert.Equal(7, document.RootElement.GetProperty("spiffe_sequence").GetInt32());
        Assert.Equal("x509-svid", key.GetProperty("use").GetString());
        Assert.Equal("EC", key.GetProperty("kty").GetString());
        Assert.Equal("P-256", key.GetProperty("crv").GetString());
        Assert.Equal(43, key.GetProperty("x").GetString()!.Length);
        Assert.Equal(43, key.GetProperty("y").GetString()!.Length);
        Assert.Equal(RootX5c, Assert.Single(key.GetProperty("x5c").EnumerateArray()).GetString());
        Assert.False(key.TryGetProperty("kid", out _));
    }

    [Fact]
    public void An_RSA_authority_is_written_with_its_modulus()
    {
        using var rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=rsa", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var certificate = request.CreateSelfSigned(TestAuthority.Now, TestAuthority.Now.AddDays(1));

        var json = Encoding.UTF8.GetString(new TrustBundle(Domain, [certificate.RawData]).ToJson());

        Assert.Contains("\"kty\": \"RSA\"", json, StringComparison.Ordinal);
        Assert.Contains("\"e\": \"AQAB\"", json, StringComparison.Ordinal);
        Assert.Single(TrustBundle.Parse(Domain, Encoding.UTF8.GetBytes(json)).X509Authorities);
    }

    [Fact]
    public void JWT_keys_survive_a_round_trip_unchanged()
    {
        var json = """{"keys":[{"kty":"EC","use":"jwt-svid","kid":"K1","crv":"P-256","x":"AA","y":"BB","odd":[1,{"a":null}]}]}""";

        var bundle = Parse(Encoding.UTF8.GetString(Parse(json).ToJson()));

        var key = Assert.Single(bundle.JwtAuthorities);
        Assert.Equal("K1", key.KeyId);
        Assert.Equal("[1,{\"a\":null}]", key.Jwk.GetProperty("odd").GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""));
    }

    [Fact]
    public void Unknown_kinds_and_uses_and_members_are_ignored()
    {
        var bundle = Parse($$"""
            {"spiffe_sequence":3,"future":true,"keys":[
              {"kty":"XYZ","use":"x509-svid","x5c":["not base64"]},
              {"kty":"EC","use":"future-svid","x5c":["not base64"]},
              {"kty":"EC","use":"X509-SVID","x5c":["not base64"]},
              {"kty":"EC","x5c":["not base64"]},
              {"use":"x509-svid","x5c":["not base64"]},
              {"kty":7,"use":"x509-svid"},
              {"kty":"EC","use":"x509-svid"},
              {"kty":"EC","use":"x509-svid","x5c":[]},
              {"kty":"EC","use":"jwt-svid"},
              {"kty":"EC","use":"x509-svid","x5c":["{{RootX5c}}"],"extra":1}]}
            """);

        Assert.Equal(_root.Certificate.RawData, Assert.Single(bundle.X509Authorities).ToArray());
        Assert.Empty(bundle.JwtAuthorities);
        Assert.Equal(3UL, bundle.Sequence);
        Assert.Null(bundle.RefreshHint);
    }

    [Fact]
    public void Of_several_certificates_in_one_key_only_the_first_counts()
    {
        var other = Convert.ToBase64String(_other.Certificate.RawData);

        var bundle = Parse($$"""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["{{RootX5c}}","{{other}}"]}]}""");

        Assert.Equal(_root.Certificate.RawData, Assert.Single(bundle.X509Authorities).ToArray());
    }

    [Fact]
    public void An_empty_key_list_is_a_bundle_without_authorities() => Assert.Empty(Parse("""{"keys":[]}""").X509Authorities);

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "keys")]
    [InlineData("{}", "keys")]
    [InlineData("""{"keys":{}}""", "keys")]
    [InlineData("""{"keys":[],"keys":[]}""", "JSON")]
    [InlineData("""{"keys":[1]}""", "keys[0]")]
    [InlineData("""{"keys":[],"spiffe_sequence":-1}""", "spiffe_sequence")]
    [InlineData("""{"keys":[],"spiffe_sequence":"1"}""", "spiffe_sequence")]
    [InlineData("""{"keys":[],"spiffe_refresh_hint":1.5}""", "spiffe_refresh_hint")]
    [InlineData("""{"keys":[],"spiffe_refresh_hint":99999999999}""", "spiffe_refresh_hint")]
    [InlineData("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["%"]}]}""", "keys[0].x5c")]
    [InlineData("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["AAAA"]}]}""", "authority 0")]
    [InlineData("""{"keys":[{"kty":"EC\ud800","use":"x509-svid"}]}""", "JSON")]
    public void A_document_that_is_no_bundle_is_refused_with_the_place(string json, string place)
    {
        var error = Assert.Throws<TrustBundleFormatException>(() => Parse(json));

        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leaf_is_no_authority()
    {
        var leaf = Convert.ToBase64String(_root.Leaf(new LeafRecipe()));

        var error = Assert.Throws<TrustBundleFormatException>(
            () => Parse($$"""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["{{leaf}}"]}]}"""));

        Assert.Contains("not a CA certificate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_document_is_read_or_refused_but_nothing_else()
    {
        var original = new TrustBundle(Domain, [_root.Certificate.RawData, _other.Certificate.RawData], 5, TimeSpan.FromMinutes(5)).ToJson();
        var random = new Random(5);
        var read = 0;
        for (var i = 0; i < 5000; i++)
        {
            var json = (byte[])original.Clone();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                json[random.Next(json.Length)] = (byte)random.Next(256);
            }

            try
            {
                var bundle = TrustBundle.Parse(Domain, json.AsMemory(0, i % 5 == 0 ? random.Next(json.Length) : json.Length));
                Assert.InRange(bundle.X509Authorities.Count, 0, 2);
                read++;
            }
            catch (TrustBundleFormatException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }

        Assert.InRange(read, 1, 4999);
    }

    [Fact]
    public void Two_bundles_of_one_trust_domain_are_never_merged()
    {
        Assert.Throws<ArgumentException>(() => new TrustBundleSet([_root.Bundle(), _other.Bundle("EXAMPLE.org")]));

        var replaced = new TrustBundleSet([_root.Bundle()]).With(_other.Bundle());

        Assert.True(replaced.TryGet(Domain, out var bundle));
        Assert.Equal(_other.Certificate.RawData, Assert.Single(bundle.X509Authorities).ToArray());
    }

    private static TrustBundle Parse(string json) => TrustBundle.Parse(Domain, Encoding.UTF8.GetBytes(json));
}
