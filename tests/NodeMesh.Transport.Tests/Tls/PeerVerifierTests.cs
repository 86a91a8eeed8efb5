using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

public sealed class PeerVerifierTests : IDisposable
{
    private readonly TestClock _clock = new();
    private readonly TestAuthority _authority = TestAuthority.Create();
    private readonly PeerVerifier _verifier;

    public PeerVerifierTests() => _verifier = Verifier(TestIdentities.Bundles(_authority));

    [Fact]
    public void A_chain_that_passed_is_remembered_by_all_its_bytes()
    {
        var leaf = _authority.Issue("/cart");
        var first = _verifier.Verify([leaf.Certificate], out _);
        var again = _verifier.Verify([[.. leaf.Certificate]], out var failure);

        Assert.NotNull(first);
        Assert.Same(first, again);
        Assert.Null(failure);
        Assert.NotSame(first, _verifier.Verify([leaf.Certificate, _authority.Root.RawData], out _));

        byte[] changed = [.. leaf.Certificate];
        changed[^1] ^= 1;
        Assert.Null(_verifier.Verify([changed], out failure));
        Assert.Equal(TlsFailureCode.UntrustedPeer, failure!.Code);
    }

    [Fact]
    public void A_remembered_chain_expires_like_any_other()
    {
        var leaf = _authority.Issue("/cart");
        Assert.NotNull(_verifier.Verify([leaf.Certificate], out _));

        _clock.Ahead = TimeSpan.FromMinutes(61);
        Assert.Null(_verifier.Verify([leaf.Certificate], out var failure));
        Assert.Equal(TlsFailureCode.PeerCertificateExpired, failure!.Code);
    }

    [Fact]
    public void A_refused_chain_is_not_remembered()
    {
        var leaf = _authority.Issue(["spiffe://mesh.test/cart"], TimeSpan.FromMinutes(5), TimeSpan.FromHours(1));
        Assert.Null(_verifier.Verify([leaf.Certificate], out _));
        Assert.Equal(0, _verifier.RememberedCount);

        _clock.Ahead = TimeSpan.FromMinutes(6);
        Assert.NotNull(_verifier.Verify([leaf.Certificate], out _));
    }

    [Fact]
    public void What_is_remembered_is_bounded()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        for (var i = 0; i < PeerVerifier.Capacity + 10; i++)
        {
            Assert.NotNull(_verifier.Verify([_authority.Issue(["spiffe://mesh.test/cart"], key: key).Certificate], out _));
        }

        Assert.Equal(PeerVerifier.Capacity, _verifier.RememberedCount);
    }

    [Fact]
    public void Other_bundles_remember_nothing_of_these()
    {
        var leaf = _authority.Issue("/cart");
        Assert.NotNull(_verifier.Verify([leaf.Certificate], out _));
        Assert.Null(Verifier(TrustBundleSet.Empty).Verify([leaf.Certificate], out var failure));
        Assert.Equal(TlsFailureCode.UntrustedPeer, failure!.Code);
        Assert.Contains("UnknownTrustDomain", failure.Detail, StringComparison.Ordinal);
    }

    public void Dispose() => _authority.Dispose();

    private PeerVerifier Verifier(TrustBundleSet bundles) => new(new SvidValidator(bundles, _clock), _clock);
}
