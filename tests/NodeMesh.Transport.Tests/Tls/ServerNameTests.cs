using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

public sealed class ServerNameTests
{
    [Theory]
    [InlineData("spiffe://mesh.test/orders")]
    [InlineData("spiffe://mesh.test/ns/a/sa/b")]
    [InlineData("spiffe://a_b.c/UPPER.and_lower-1")]
    public void Every_SPIFFE_ID_has_a_legal_host_name(string id)
    {
        var name = IdentityServerName.For(Spiffe.SpiffeId.Parse(id));

        Assert.Matches("^[a-z2-7]{26}\\.id\\.nodemesh\\.internal$", name);
        Assert.True(IdentityServerName.IsIdentityName(name));
    }

    [Fact]
    public void The_name_is_the_base32_of_the_hash_of_the_canonical_id()
    {
        // printf %s spiffe://mesh.test/orders | sha256sum | xxd -r -p | base32 | cut -c1-26 | tr A-Z a-z
        Assert.Equal("whlxx6rt2xxgylbgecbgljwn7v.id.nodemesh.internal", IdentityServerName.For(Spiffe.SpiffeId.Parse("SPIFFE://Mesh.Test/orders")));
    }

    [Fact]
    public void The_server_takes_the_identity_that_the_client_names()
    {
        using var mesh = new Mesh();
        foreach (var wanted in new[] { Mesh.Orders, Mesh.Stock, Mesh.Node })
        {
            using var link = mesh.Connect(wanted).Established();
            Assert.Equal(wanted, link.Server.LocalId);
            Assert.Equal(wanted, link.Client.PeerId);
        }
    }

    [Fact]
    public void Without_a_server_name_the_destination_address_decides()
    {
        Linux.Sockets.IpEndpoint asked = default;
        using var mesh = new Mesh(fallback: destination =>
        {
            asked = destination;
            return Mesh.Stock;
        });
        using var link = mesh.Connect(Mesh.Stock, Mesh.Orders).Established();

        Assert.Null(link.Server.ServerName);
        Assert.Equal(Mesh.Stock, link.Server.LocalId);
        Assert.Equal(link.Sockets.Address, asked);
    }

    [Fact]
    public void Without_a_server_name_and_without_an_answer_for_the_address_the_client_is_refused()
    {
        using var mesh = new Mesh(fallback: _ => null);
        using var link = mesh.Connect(Mesh.Stock, Mesh.Orders);

        Assert.Equal((TlsStatus.Failed, TlsStatus.Failed), link.Handshake());
        Assert.Equal(TlsFailureCode.UnknownServerName, link.Server.Failure!.Code);
        Assert.Equal((byte)112, link.Client.Failure!.Alert);
    }

    [Fact]
    public void An_identity_that_does_not_live_here_is_refused_rather_than_answered_by_another()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(TestIdentities.Id("/moved-away"));

        Assert.Equal((TlsStatus.Failed, TlsStatus.Failed), link.Handshake());
        Assert.Equal(TlsFailureCode.UnknownServerName, link.Server.Failure!.Code);
        Assert.Contains(IdentityServerName.For(TestIdentities.Id("/moved-away")), link.Server.Failure.Detail, StringComparison.Ordinal);
        Assert.Equal((byte)112, link.Client.Failure!.Alert);
    }

    [Theory]
    [InlineData("0008000005612e622e63", "a.b.c")]
    [InlineData("000400000161", "a")]
    public void A_server_name_extension_is_read(string hex, string expected)
    {
        Assert.True(ServerNameExtension.TryRead(Convert.FromHexString(hex), out var name));
        Assert.Equal(expected, name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000")]
    [InlineData("0003000000")]
    [InlineData("000400010161")]
    [InlineData("000400000261")]
    [InlineData("00050000016161")]
    [InlineData("000401000161")]
    [InlineData("000400000100")]
    [InlineData("00040000012f")]
    [InlineData("0008000001610000 0162")]
    public void A_malformed_server_name_extension_is_refused(string hex) =>
        Assert.False(ServerNameExtension.TryRead(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out _));

    [Fact]
    public void Random_and_mutated_server_name_extensions_never_throw()
    {
        var random = new Random(3);
        for (var i = 0; i < 100_000; i++)
        {
            var bytes = new byte[random.Next(0, 40)];
            random.NextBytes(bytes);
            if (random.Next(2) == 0 && bytes.Length >= 5)
            {
                (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]) = (0, (byte)(bytes.Length - 2), 0, 0, (byte)(bytes.Length - 5));
            }

            if (ServerNameExtension.TryRead(bytes, out var name))
            {
                Assert.Equal(bytes.Length - 5, name!.Length);
            }
        }
    }
}
