using NodeMesh.Spiffe.Bundles;

namespace NodeMesh.Spiffe.Tests.Bundles;

public sealed class TrustBundleDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _root = TestAuthority.Root();

    public void Dispose()
    {
        _root.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Each_file_is_the_bundle_of_the_domain_it_is_named_for()
    {
        File.WriteAllBytes(_directory["example.org.json"], _root.Bundle().ToJson());
        File.WriteAllBytes(_directory["elsewhere.json"], _root.Bundle().ToJson());
        File.WriteAllText(_directory["notes.txt"], "not a bundle");

        var (bundles, problems) = TrustBundleDirectory.Load(_directory.Path);

        Assert.Empty(problems);
        Assert.Equal(["elsewhere", "example.org"], bundles.Bundles.Select(b => b.TrustDomain.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_broken_file_is_reported_and_the_bundle_before_it_stays()
    {
        File.WriteAllBytes(_directory["example.org.json"], _root.Bundle().ToJson());
        File.WriteAllBytes(_directory["elsewhere.json"], _root.Bundle().ToJson());
        var (before, _) = TrustBundleDirectory.Load(_directory.Path);
        File.WriteAllText(_directory["example.org.json"], "{");
        File.WriteAllText(_directory["a b.json"], "{}");

        var (first, problems) = TrustBundleDirectory.Load(_directory.Path);
        var (reloaded, _) = TrustBundleDirectory.Load(_directory.Path, before);

        Assert.Equal(["a b.json", "example.org.json"], problems.Select(p => p.FileName));
        Assert.False(first.TryGet(TrustDomain.Parse("example.org"), out _));
        Assert.True(reloaded.TryGet(TrustDomain.Parse("example.org"), out _));
        Assert.True(reloaded.TryGet(TrustDomain.Parse("elsewhere"), out _));
    }

    [Fact]
    public void A_removed_file_takes_the_trust_away()
    {
        File.WriteAllBytes(_directory["example.org.json"], _root.Bundle().ToJson());
        var (before, _) = TrustBundleDirectory.Load(_directory.Path);
        File.Delete(_directory["example.org.json"]);

        var (after, problems) = TrustBundleDirectory.Load(_directory.Path, before);

        Assert.Empty(after.Bundles);
        Assert.Empty(problems);
    }

    [Fact]
    public void Two_spellings_of_one_domain_are_not_merged()
    {
        File.WriteAllBytes(_directory["Example.org.json"], _root.Bundle().ToJson());
        File.WriteAllBytes(_directory["example.org.json"], _root.Bundle().ToJson());

        var (bundles, problems) = TrustBundleDirectory.Load(_directory.Path);

        Assert.Single(bundles.Bundles);
        Assert.Contains("never merged", Assert.Single(problems).Reason, StringComparison.Ordinal);
    }
}
