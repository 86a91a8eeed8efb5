using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Controller.Tests.Authority;

/// <summary>By what the controller proves to be it.</summary>
public sealed class OwnIdentityTests : IDisposable
{
    private static readonly TimeSpan HalfLife = TimeSpan.FromHours(13);

    private readonly TestController _controller = new();

    public void Dispose() => _controller.Dispose();

    [Fact]
    public void It_is_replaced_at_half_its_life()
    {
        var own = _controller.Authority.Own;
        Assert.Same(own, _controller.Authority.Own);
        _controller.Time.Advance(HalfLife);
        Assert.True(_controller.Authority.Own.NotAfter > own.NotAfter);
    }

    [Fact]
    public void It_serves_to_its_end_where_it_cannot_be_replaced()
    {
        // At the end of the issuing certificate's life a new one has to be written to the disk, and cannot be.
        while (IssuingEnds() - _controller.Time.GetUtcNow() > TimeSpan.FromDays(1) + HalfLife)
        {
            _controller.Time.Advance(HalfLife);
            Assert.NotNull(_controller.Authority.Own);
        }

        var own = _controller.Authority.Own;
        var inTheWay = Path.Combine(_controller.AuthorityPath, "staging");
        File.WriteAllText(inTheWay, "");
        _controller.Time.Advance(HalfLife);
        Assert.Same(own, _controller.Authority.Own);
        File.Delete(inTheWay);
        Assert.True(_controller.Authority.Own.NotAfter > own.NotAfter);
    }

    private DateTimeOffset IssuingEnds()
    {
        using var issuing = X509CertificateLoader.LoadCertificate(_controller.Authority.Roots.Issuing.Span);
        return new DateTimeOffset(issuing.NotAfter.ToUniversalTime());
    }
}
