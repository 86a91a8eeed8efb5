using System.Security.Cryptography;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Xds.Tests;

public sealed class JoinTokenTextTests
{
    private static readonly byte[] Root = [1, 2, 3];

    [Fact]
    public void A_node_reads_what_the_controller_made()
    {
        var (text, hash) = JoinTokenText.Create(Root);
        Assert.True(JoinTokenText.TryRead(text, out var secret, out var fingerprint));
        Assert.Equal(SHA256.HashData(Root), fingerprint);
        Assert.True(JoinTokenText.TryHash(secret, out var read));
        Assert.Equal(hash, read);
        Assert.NotEqual(text, JoinTokenText.Create(Root).Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nmj1")]
    [InlineData("nmj1..")]
    [InlineData("nmj1.AAAA.AAAA")]
    [InlineData("nmj2.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("nmj1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!")]
    [InlineData("nmj1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.x")]
    public void What_is_no_token_is_told_from_one(string text) => Assert.False(JoinTokenText.TryRead(text, out _, out _));
}
