using System.Security.Cryptography;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Tests.Svids;

public sealed class SvidDirectoryTests : IDisposable
{
    private static readonly SpiffeId Cart = SpiffeId.Parse("spiffe://example.org/ns/shop/sa/cart");

    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _root = TestAuthority.Root();

    public void Dispose()
    {
        _root.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Every_pair_is_an_identity()
    {
        Save("cart", Make());
        Save("orders", Make("spiffe://example.org/ns/shop/sa/orders"));
        File.WriteAllText(_directory["README"], "not a pair");

        var svids = SvidDirectory.Load(_directory.Path);

        Assert.Empty(svids.Problems);
        Assert.Equal(2, svids.Svids.Count);
        Assert.True(svids.TryGet(Cart, out var cart));
        Assert.Equal(Cart, cart.Id);
    }

    [Fact]
    public void Of_two_files_of_one_identity_the_one_that_lasts_longest_counts()
    {
        Save("a", Make(notAfter: TestAuthority.Now.AddHours(1)));
        Save("b", Make(notAfter: TestAuthority.Now.AddHours(3)));
        Save("c", Make(notAfter: TestAuthority.Now.AddHours(2)));

        var svids = SvidDirectory.Load(_directory.Path);

        Assert.Equal(TestAuthority.Now.AddHours(3), Assert.Single(svids.Svids).NotAfter);
    }

    [Fact]
    public void A_key_that_others_can_read_is_an_error()
    {
        Save("cart", Make());
        File.SetUnixFileMode(_directory["cart.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var svids = SvidDirectory.Load(_directory.Path);

        Assert.Empty(svids.Svids);
        var problem = Assert.Single(svids.Problems);
        Assert.Contains("cart.key", problem.FileName, StringComparison.Ordinal);
        Assert.Contains("0640", problem.Reason, StringComparison.Ordinal);
        Assert.Contains("chmod 600", problem.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_files_are_reported_and_the_good_ones_stay_usable()
    {
        Save("cart", Make());
        Save("swapped", Make("spiffe://example.org/a"));
        Make("spiffe://example.org/b").Save(_directory["unused.crt"], _directory["swapped.key"]);
        File.Delete(_directory["unused.crt"]);
        File.WriteAllText(_directory["lonely.crt"], "");
        Save("empty", Make("spiffe://example.org/c"));
        File.WriteAllText(_directory["empty.crt"], "");
        Save("garbage", Make("spiffe://example.org/d"));
        File.WriteAllText(_directory["garbage.crt"], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Save("large", Make("spiffe://example.org/e"));
        File.WriteAllBytes(_directory["large.crt"], new byte[1024 * 1024]);

        var svids = SvidDirectory.Load(_directory.Path);

        Assert.Equal(Cart, Assert.Single(svids.Svids).Id);
        var reasons = svids.Problems.ToDictionary(p => p.FileName.Split('.')[0], p => p.Reason, StringComparer.Ordinal);
        Assert.Equal(["empty", "garbage", "large", "lonely", "swapped"], reasons.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("does not belong", reasons["swapped"], StringComparison.Ordinal);
        Assert.Contains("lonely.key is missing", reasons["lonely"], StringComparison.Ordinal);
        Assert.Contains("BEGIN CERTIFICATE", reasons["empty"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_renewal_that_went_wrong_does_not_take_the_working_identity_away()
    {
        Save("cart", Make());
        var before = SvidDirectory.Load(_directory.Path);
        File.WriteAllText(_directory["cart.crt"], "half a fi");

        var after = SvidDirectory.Load(_directory.Path, before);

        Assert.True(after.TryGet(Cart, out _));
        Assert.Single(after.Problems);
        File.Delete(_directory["cart.crt"]);
        File.Delete(_directory["cart.key"]);
        Assert.Empty(SvidDirectory.Load(_directory.Path, after).Svids);
    }

    [Fact]
    public void Save_writes_files_that_load_again_and_a_key_for_the_owner_only()
    {
        using var issuing = _root.Issuing();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var svid = X509Svid.FromDer([issuing.Leaf(new LeafRecipe(), key), issuing.Certificate.RawData], key.ExportPkcs8PrivateKey());

        Save("cart", svid);
        Save("cart", svid);
        var again = X509Svid.Load(_directory["cart.crt"], _directory["cart.key"]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["cart.key"]));
        Assert.Equal(svid.Chain.Select(c => c.ToArray()), again.Chain.Select(c => c.ToArray()));
        Assert.Equal(svid.PrivateKey.ToArray(), again.PrivateKey.ToArray());
        Assert.Equal(2, Directory.GetFiles(_directory.Path).Length);
    }

    [Fact]
    public void A_chain_in_the_wrong_order_is_refused()
    {
        using var issuing = _root.Issuing();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = issuing.Leaf(new LeafRecipe(), key);
        var pkcs8 = key.ExportPkcs8PrivateKey();

        Assert.Throws<X509SvidException>(() => X509Svid.FromDer([issuing.Certificate.RawData, leaf], pkcs8));
        var error = Assert.Throws<X509SvidException>(
            () => X509Svid.FromDer([leaf, _root.Certificate.RawData, issuing.Certificate.RawData], pkcs8));
        Assert.Contains("order", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p384", "P-256")]
    [InlineData("rsa", "P-256")]
    [InlineData("sec1", "PKCS#8")]
    public void A_key_of_another_kind_is_refused_with_what_would_be_right(string kind, string expected)
    {
        Save("cart", Make());
        var path = _directory["cart.key"];
        _ = kind switch
        {
            "rsa" => OpenSsl.RunOk("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path),
            "sec1" => OpenSsl.RunOk("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path),
            _ => OpenSsl.RunOk("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", path),
        };
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var svids = SvidDirectory.Load(_directory.Path);

        Assert.Contains(expected, Assert.Single(svids.Problems).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_files_are_loaded_or_refused_but_nothing_else()
    {
        Save("cart", Make());
        var certificate = File.ReadAllBytes(_directory["cart.crt"]);
        var key = File.ReadAllBytes(_directory["cart.key"]);
        var random = new Random(6);
        for (var i = 0; i < 1000; i++)
        {
            File.WriteAllBytes(_directory["cart.crt"], Mutate(certificate, i % 2 == 0));
            File.WriteAllBytes(_directory["cart.key"], Mutate(key, i % 3 == 0));

            var svids = SvidDirectory.Load(_directory.Path);

            Assert.Equal(1, svids.Svids.Count + svids.Problems.Count);
        }

        byte[] Mutate(byte[] original, bool change)
        {
            var copy = (byte[])original.Clone();
            if (change)
            {
                copy[random.Next(copy.Length)] = (byte)random.Next(256);
            }

            return copy;
        }
    }

    private void Save(string name, X509Svid svid) => svid.Save(_directory[name + ".crt"], _directory[name + ".key"]);

    private X509Svid Make(string id = "spiffe://example.org/ns/shop/sa/cart", DateTimeOffset? notAfter = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var recipe = new LeafRecipe { Uris = [id], NotAfter = notAfter ?? TestAuthority.Now.AddHours(24) };
        return X509Svid.FromDer([_root.Leaf(recipe, key)], key.ExportPkcs8PrivateKey());
    }
}
