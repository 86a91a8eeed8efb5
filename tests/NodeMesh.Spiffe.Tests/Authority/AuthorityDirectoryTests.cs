using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Tests.Authority;

public sealed class AuthorityDirectoryTests : IDisposable
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");
    private static readonly SpiffeId Cart = SpiffeId.ForWorkload(Domain, "shop", "cart");

    private readonly TemporaryDirectory _directory = new();
    private readonly FixedTime _time = new(DateTimeOffset.UtcNow);

    private string Path => _directory["ca"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Init_makes_the_files_with_keys_for_the_owner_only()
    {
        Init();

        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(
            ["example.org.json", "issuing.crt", "issuing.key", "root.crt", "root.key"],
            Directory.EnumerateFileSystemEntries(Path).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Path));
        Assert.Equal(OwnerOnly, System.IO.File.GetUnixFileMode(File("root.key")));
        Assert.Equal(OwnerOnly, System.IO.File.GetUnixFileMode(File("issuing.key")));
        Assert.Contains(": OK", OpenSsl.RunOk("verify", "-x509_strict", "-CAfile", File("root.crt"), File("issuing.crt")), StringComparison.Ordinal);
    }

    [Fact]
    public void Init_refuses_to_overwrite()
    {
        Init();
        var key = System.IO.File.ReadAllText(File("root.key"));

        var error = Assert.Throws<AuthorityException>(Init);

        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("not overwritten", error.Message, StringComparison.Ordinal);
        Assert.Equal(key, System.IO.File.ReadAllText(File("root.key")));
    }

    [Fact]
    public void An_issued_identity_is_a_pair_of_files_that_openssl_verifies()
    {
        Init();
        Open().Issue(Cart, _directory["svids"], "cart", TimeSpan.FromHours(2));
        Open().ExportBundle(_directory["bundles"]);

        var svids = SvidDirectory.Load(_directory["svids"]);
        var (bundles, problems) = TrustBundleDirectory.Load(_directory["bundles"]);

        Assert.Empty(svids.Problems);
        Assert.Empty(problems);
        Assert.True(svids.TryGet(Cart, out var svid));
        var result = new SvidValidator(bundles, _time).Validate(svid.Chain, Cart);
        Assert.True(result.IsValid, result.Detail);
        Assert.Contains(": OK", OpenSsl.RunOk(
            "verify", "-CAfile", File("root.crt"), "-untrusted", _directory["svids/cart.crt"], _directory["svids/cart.crt"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Issuing_again_replaces_the_pair_with_a_fresh_key()
    {
        var authority = Init();
        var first = authority.Issue(Cart, _directory["svids"], "cart");

        var second = authority.Issue(Cart, _directory["svids"], "cart");

        Assert.NotEqual(first.PrivateKey.ToArray(), second.PrivateKey.ToArray());
        Assert.Equal(second.SerialNumber, Assert.Single(SvidDirectory.Load(_directory["svids"]).Svids).SerialNumber);
    }

    [Theory]
    [InlineData("spiffe://elsewhere.org/a", "cart")]
    [InlineData("spiffe://example.org", "cart")]
    [InlineData("spiffe://example.org/a", "../cart")]
    [InlineData("spiffe://example.org/a", ".cart")]
    public void What_cannot_be_issued_says_why(string id, string fileName)
    {
        var error = Assert.Throws<AuthorityException>(() => Init().Issue(SpiffeId.Parse(id), _directory["svids"], fileName));

        Assert.NotEmpty(error.Message);
        Assert.False(Directory.Exists(_directory["svids"]));
    }

    [Fact]
    public void The_issuing_authority_is_renewed_before_a_leaf_would_outlive_it()
    {
        Init();
        _time.Now = _time.Now.AddDays(400);

        var svid = Open().Issue(Cart, _directory["svids"], "cart", TimeSpan.FromDays(30));

        Assert.InRange(svid.NotAfter - _time.Now, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
        Assert.Equal(svid.Chain[1].ToArray(), Open().Rotation.Active.Issuing.Certificate.ToArray());
    }

    [Fact]
    public void A_rotation_survives_reopening_at_every_step()
    {
        Init();
        var before = Open().Issue(Cart, _directory["old"], "cart");
        Assert.True(Trusts(before));

        Open().PrepareNext();
        Assert.Equal(2, Open().Bundle!.X509Authorities.Count);
        Assert.Throws<AuthorityException>(() => Open().PrepareNext());
        Assert.True(Trusts(Open().Issue(Cart, _directory["svids"], "cart")));

        Open().ActivateNext();
        var after = Open().Issue(Cart, _directory["new"], "cart");
        Assert.True(Trusts(before));
        Assert.True(Trusts(after));
        Assert.Throws<AuthorityException>(() => Open().ActivateNext());

        Open().RetireOld();
        Assert.False(Trusts(before));
        Assert.True(Trusts(after));
        Assert.Equal(3UL, Open().Bundle!.Sequence);
        Assert.Throws<AuthorityException>(() => Open().RetireOld());
        Assert.Equal(5, Directory.EnumerateFileSystemEntries(Path).Count());
    }

    [Fact]
    public void An_activation_that_was_cut_short_is_finished_when_opened()
    {
        Init();
        Open().PrepareNext();
        var prepared = Open().Rotation.Prepared!.Root.Certificate.ToArray();
        // As after a crash: the old root is noted, the rename is done, and one of the four files has been moved.
        System.IO.File.Copy(File("root.crt"), File("retiring.crt"));
        Directory.Move(File("next"), File("activating"));
        System.IO.File.Move(File("activating/root.key"), File("root.key"), overwrite: true);

        var opened = Open();

        Assert.Equal(prepared, opened.Rotation.Active.Root.Certificate.ToArray());
        Assert.Single(opened.Rotation.Retiring);
        Assert.True(Trusts(opened.Issue(Cart, _directory["svids"], "cart")));
    }

    [Fact]
    public void A_lost_bundle_file_is_made_again()
    {
        Init();
        System.IO.File.Delete(File("example.org.json"));

        Open();

        Assert.True(System.IO.File.Exists(File("example.org.json")));
    }

    [Fact]
    public void What_is_wrong_with_an_authority_is_said_with_its_place()
    {
        Assert.Contains("ca init", Assert.Throws<AuthorityException>(Open).Message, StringComparison.Ordinal);
        Init();

        System.IO.File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
        Assert.Contains("chmod 700", Assert.Throws<AuthorityException>(Open).Message, StringComparison.Ordinal);
        System.IO.File.SetUnixFileMode(Path, (UnixFileMode)0b111_000_000);

        System.IO.File.SetUnixFileMode(File("root.key"), (UnixFileMode)0b110_100_100);
        var error = Assert.Throws<AuthorityException>(Open);
        Assert.Contains("root.key", error.Message, StringComparison.Ordinal);
        Assert.Contains("0644", error.Message, StringComparison.Ordinal);
        System.IO.File.SetUnixFileMode(File("root.key"), (UnixFileMode)0b110_000_000);

        System.IO.File.Copy(File("root.crt"), File("issuing.crt"), overwrite: true);
        Assert.Contains("does not belong", Assert.Throws<AuthorityException>(Open).Message, StringComparison.Ordinal);
        System.IO.File.Delete(File("issuing.crt"));
        Assert.Contains("issuing.crt is missing", Assert.Throws<AuthorityException>(Open).Message, StringComparison.Ordinal);
    }

    private bool Trusts(X509Svid svid) => new SvidValidator(new TrustBundleSet([Open().Bundle!]), _time).Validate(svid.Chain).IsValid;

    private string File(string name) => System.IO.Path.Combine(Path, name);

    private AuthorityDirectory Init() => AuthorityDirectory.Init(Path, Domain, time: _time);

    private AuthorityDirectory Open() => AuthorityDirectory.Open(Path, time: _time);
}
