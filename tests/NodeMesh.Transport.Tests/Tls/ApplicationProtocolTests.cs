using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>What the ends of a link find out about each other before the first byte of HTTP/2.</summary>
public sealed class ApplicationProtocolTests : IDisposable
{
    private readonly Mesh _mesh = new();

    [Fact]
    public void Two_of_our_daemons_agree_on_the_protocol_of_our_own_resumed_or_not()
    {
        using (var first = _mesh.ConnectTo(15008, Mesh.Cart, Mesh.Orders).Established().WithTicketTaken())
        {
            AssertSpeaks(LinkProtocol.NodeMesh, first, resumed: false);
        }

        using var second = _mesh.ConnectTo(15008, Mesh.Cart, Mesh.Orders).Established();
        AssertSpeaks(LinkProtocol.NodeMesh, second, resumed: true);
    }

    [Fact]
    public void A_server_that_knows_tunnels_alone_is_known_for_that_resumed_or_not()
    {
        using var server = new TlsServerContext(_mesh.ServerIdentities, _ => null, TimeProvider.System, bestProtocol: LinkProtocol.Hbone);
        var address = Linux.Sockets.IpEndpoint.FromIPv4(0x0A000001, 15008);
        using (var first = new Link(_mesh.Client, server, Mesh.Cart, address, 0, Mesh.Orders).Established().WithTicketTaken())
        {
            AssertSpeaks(LinkProtocol.Hbone, first, resumed: false);
        }

        using var second = new Link(_mesh.Client, server, Mesh.Cart, address, 0, Mesh.Orders).Established();
        AssertSpeaks(LinkProtocol.Hbone, second, resumed: true);
    }

    [Theory]
    [InlineData("h2", "h2", LinkProtocol.Hbone)]
    [InlineData("h2,nodemesh/1", "nodemesh/1", LinkProtocol.NodeMesh)]
    [InlineData("nodemesh/2,http/1.1,h2", "h2", LinkProtocol.Hbone)]
    public void Openssl_is_answered_with_the_best_that_it_offers(string offered, string selected, LinkProtocol protocol)
    {
        using var files = new PemFiles();
        using var server = new TestServer(_mesh.Server);
        using var client = new OpenSslCommand(
            ["s_client", "-connect", server.Address, "-alpn", offered, "-CAfile", files.Root(_mesh.Authority), .. files.Arguments(_mesh.Authority.Issue("/cart"))]);
        client.WaitFor("Verify return code: 0 (ok)");
        client.EndInput();
        Assert.Contains($"ALPN protocol: {selected}\n", client.WaitForExit(), StringComparison.Ordinal);
        Assert.Equal(protocol, server.Next().Protocol);
    }

    [Fact]
    public void Of_names_that_are_nearly_ours_none_is_taken()
    {
        foreach (var name in (string[])["h", "h22", "H2", "nodemesh", "nodemesh/", "nodemesh/1\0", "NODEMESH/1", "\u0002h2"])
        {
            byte[] offer = [(byte)name.Length, .. System.Text.Encoding.Latin1.GetBytes(name)];
            Assert.Equal(default, ApplicationProtocols.Select(offer, LinkProtocol.NodeMesh));
        }
    }

    public void Dispose() => _mesh.Dispose();

    private static void AssertSpeaks(LinkProtocol protocol, Link link, bool resumed)
    {
        Assert.Equal(protocol, link.Client.Protocol);
        Assert.Equal(protocol, link.Server.Protocol);
        Assert.Equal(resumed, link.Client.WasResumed);
    }
}
