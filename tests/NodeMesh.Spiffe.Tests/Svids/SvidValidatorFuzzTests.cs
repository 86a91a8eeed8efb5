using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Tests.Svids;

/// <summary>Whatever bytes a peer sends, the validator answers, and never with an identity that the authority did not sign.</summary>
public sealed class SvidValidatorFuzzTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.Root();
    private readonly TestAuthority _issuing;
    private readonly SvidValidator _validator;
    private readonly byte[] _leaf;

    public SvidValidatorFuzzTests()
    {
        _issuing = _root.Issuing();
        _leaf = _issuing.Leaf(new LeafRecipe { DnsNames = ["cart"], Subject = "O=SPIRE" });
        _validator = new SvidValidator(new TrustBundleSet([_root.Bundle()]), new FixedTime(TestAuthority.Now));
    }

    public void Dispose()
    {
        _issuing.Dispose();
        _root.Dispose();
    }

    [Fact]
    public void A_changed_leaf_is_never_trusted()
    {
        var random = new Random(1);
        for (var i = 0; i < 4000; i++)
        {
            var leaf = (byte[])_leaf.Clone();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                leaf[random.Next(leaf.Length)] = (byte)random.Next(256);
            }

            var result = Validate(leaf, _issuing.Certificate.RawData);

            Assert.True(!result.IsValid || leaf.AsSpan().SequenceEqual(_leaf), Convert.ToHexString(leaf));
            Assert.DoesNotContain(result.Detail, char.IsControl);
        }
    }

    [Fact]
    public void Every_byte_of_a_leaf_counts()
    {
        for (var i = 0; i < _leaf.Length; i++)
        {
            var leaf = (byte[])_leaf.Clone();
            leaf[i] ^= 0x55;

            Assert.False(Validate(leaf, _issuing.Certificate.RawData).IsValid, $"byte {i}");
        }
    }

    [Fact]
    public void Every_truncation_is_malformed()
    {
        for (var length = 0; length < _leaf.Length; length++)
        {
            Assert.Equal(SvidFailure.MalformedCertificate, Validate(_leaf[..length], _issuing.Certificate.RawData).Failure);
        }
    }

    [Fact]
    public void A_changed_intermediate_never_makes_an_untrusted_leaf_trusted()
    {
        using var impostor = TestAuthority.Root("issuing");
        var forged = impostor.Leaf(new LeafRecipe());
        var random = new Random(2);
        for (var i = 0; i < 2000; i++)
        {
            var issuing = _issuing.Certificate.RawData;
            issuing[random.Next(issuing.Length)] ^= (byte)(1 << random.Next(8));

            Assert.False(Validate(_leaf, issuing).IsValid);
            Assert.False(Validate(forged, issuing).IsValid);
        }
    }

    [Fact]
    public void Random_bytes_are_malformed()
    {
        var random = new Random(3);
        for (var i = 0; i < 5000; i++)
        {
            var bytes = new byte[random.Next(0, 300)];
            random.NextBytes(bytes);
            if (i % 2 == 0 && bytes.Length > 4)
            {
                // A plausible outer sequence, so that reading goes deeper.
                bytes[0] = 0x30;
                bytes[1] = 0x82;
                bytes[2] = (byte)((bytes.Length - 4) >> 8);
                bytes[3] = (byte)(bytes.Length - 4);
            }

            Assert.Equal(SvidFailure.MalformedCertificate, Validate(bytes).Failure);
        }
    }

    [Fact]
    public void Signed_garbage_in_the_extensions_is_answered()
    {
        string[] oids = ["2.5.29.17", "2.5.29.15", "2.5.29.19", "2.5.29.37", "2.5.29.30", "2.5.29.35", "1.2.3.4"];
        var random = new Random(4);
        for (var i = 0; i < 500; i++)
        {
            var bytes = new byte[random.Next(0, 40)];
            random.NextBytes(bytes);
            var oid = oids[i % oids.Length];
            var recipe = new LeafRecipe
            {
                Uris = oid is "2.5.29.17" ? [] : ["spiffe://example.org/a"],
                KeyUsage = oid is "2.5.29.15" ? null : System.Security.Cryptography.X509Certificates.X509KeyUsageFlags.DigitalSignature,
                IsAuthority = oid is "2.5.29.19" ? null : false,
                Purposes = oid is "2.5.29.37" ? null : ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
                Extra = new System.Security.Cryptography.X509Certificates.X509Extension(oid, bytes, random.Next(2) == 0),
            };

            var result = Validate(_issuing.Leaf(recipe), _issuing.Certificate.RawData);

            Assert.True(!result.IsValid || oid is "1.2.3.4" or "2.5.29.30" or "2.5.29.35", $"{oid} {Convert.ToHexString(bytes)}");
        }
    }

    private SvidValidation Validate(params byte[][] chain) => _validator.Validate([.. chain.Select(c => (ReadOnlyMemory<byte>)c)]);
}
