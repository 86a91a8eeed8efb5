namespace NodeMesh.Spiffe.Tests;

public sealed class SpiffeIdTests
{
    [Theory]
    [InlineData("spiffe://example.org/ns/shop/sa/cart")]
    [InlineData("spiffe://example.org")]
    [InlineData("spiffe://under_score-d.0/a.b/C_d/-e/...")]
    public void A_canonical_ID_reads_back_as_it_was(string text) => Assert.Equal(text, SpiffeId.Parse(text).ToString());

    [Fact]
    public void Scheme_and_trust_domain_compare_without_case_and_the_path_exactly()
    {
        var id = SpiffeId.Parse("SPIFFE://Example.ORG/Path");

        Assert.Equal("spiffe://example.org/Path", id.ToString());
        Assert.Equal(SpiffeId.Parse("spiffe://example.org/Path"), id);
        Assert.Equal(SpiffeId.Parse("spiffe://example.org/Path").GetHashCode(), id.GetHashCode());
        Assert.NotEqual(SpiffeId.Parse("spiffe://example.org/path"), id);
        Assert.True(id.IsMemberOf(TrustDomain.Parse("EXAMPLE.org")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("example.org/a")]
    [InlineData("https://example.org/a")]
    [InlineData("spiffe:/example.org/a")]
    [InlineData("spiffe://")]
    [InlineData("spiffe:///a")]
    [InlineData("spiffe://example.org/")]
    [InlineData("spiffe://example.org/a/")]
    [InlineData("spiffe://example.org//a")]
    [InlineData("spiffe://example.org/a//b")]
    [InlineData("spiffe://example.org/.")]
    [InlineData("spiffe://example.org/a/../b")]
    [InlineData("spiffe://example.org:8443/a")]
    [InlineData("spiffe://user@example.org/a")]
    [InlineData("spiffe://example.org/a?b=c")]
    [InlineData("spiffe://example.org/a#b")]
    [InlineData("spiffe://example.org?b")]
    [InlineData("spiffe://ex%61mple.org/a")]
    [InlineData("spiffe://example.org/%61")]
    [InlineData("spiffe://example.org/ä")]
    [InlineData("spiffe://exämple.org/a")]
    [InlineData("spiffe://\u212Aelvin/a")]
    [InlineData("spiffe://example.org/a b")]
    [InlineData("spiffe://example.org/a\0b")]
    [InlineData(" spiffe://example.org/a")]
    [InlineData("spiffe://example.org/a\n")]
    [InlineData("spiffe://[::1]/a")]
    public void What_the_standard_forbids_is_refused_with_a_reason(string text)
    {
        Assert.False(SpiffeId.TryParse(text, out var id, out var error));

        Assert.Null(id);
        Assert.NotEmpty(error!);
        Assert.DoesNotContain(error!, char.IsControl);
        Assert.Throws<SpiffeIdFormatException>(() => SpiffeId.Parse(text));
    }

    [Fact]
    public void A_trust_domain_of_255_bytes_is_the_longest()
    {
        Assert.Equal(255, TrustDomain.Parse(new string('a', 255)).Name.Length);
        Assert.Throws<SpiffeIdFormatException>(() => TrustDomain.Parse(new string('a', 256)));
    }

    [Fact]
    public void An_ID_of_2048_bytes_is_the_longest()
    {
        var longest = "spiffe://example.org/".PadRight(2048, 'a');

        Assert.Equal(longest, SpiffeId.Parse(longest).ToString());
        Assert.Throws<SpiffeIdFormatException>(() => SpiffeId.Parse(longest + "a"));
        Assert.Throws<SpiffeIdFormatException>(() => SpiffeId.FromPath(TrustDomain.Parse("example.org"), longest["spiffe://example.org".Length..] + "a"));
    }

    [Theory]
    [InlineData("/ns/shop/sa/cart", "shop", "cart")]
    [InlineData("/ns/shop/sa/cart/x", null, null)]
    [InlineData("/ns/shop/sb/cart", null, null)]
    [InlineData("/NS/shop/sa/cart", null, null)]
    [InlineData("/spire/agent", null, null)]
    [InlineData("", null, null)]
    public void Namespace_and_service_account_come_from_the_workload_path_only(string path, string? ns, string? account)
    {
        var id = SpiffeId.FromPath(TrustDomain.Parse("example.org"), path);

        Assert.Equal(ns, id.Namespace);
        Assert.Equal(account, id.ServiceAccount);
    }

    [Fact]
    public void A_workload_ID_is_made_of_its_parts()
    {
        var domain = TrustDomain.Parse("example.org");

        Assert.Equal(SpiffeId.Parse("spiffe://example.org/ns/shop/sa/cart"), SpiffeId.ForWorkload(domain, "shop", "cart"));
        var error = Assert.Throws<SpiffeIdFormatException>(() => SpiffeId.ForWorkload(domain, "shop/sa/admin", "x"));
        Assert.Contains("namespace", error.Message, StringComparison.Ordinal);
        Assert.Throws<SpiffeIdFormatException>(() => SpiffeId.ForWorkload(domain, "shop", ".."));
    }

    [Fact]
    public void The_trust_domains_own_ID_has_no_path()
    {
        var domain = TrustDomain.Parse("example.org");

        Assert.Equal("spiffe://example.org", domain.Id.ToString());
        Assert.True(domain.Id.IsTrustDomain);
        Assert.Equal(domain, domain.Id.TrustDomain);
        Assert.Equal(domain.Id, SpiffeId.Parse("spiffe://example.org"));
    }

    [Fact]
    public void Comparing_and_hashing_allocate_nothing()
    {
        var left = SpiffeId.Parse("spiffe://example.org/ns/shop/sa/cart");
        var right = SpiffeId.Parse("spiffe://example.org/ns/shop/sa/cart");
        var equal = left.Equals(right);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            equal &= left == right && left.GetHashCode() == right.GetHashCode() && left.ToString().Length > 0;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(equal);
    }
}
