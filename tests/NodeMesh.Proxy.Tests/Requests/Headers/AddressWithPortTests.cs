using System.Text;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Requests.Headers;

namespace NodeMesh.Proxy.Tests.Requests.Headers;

public sealed class AddressWithPortTests
{
    [Theory]
    [InlineData("192.0.2.1:80")]
    [InlineData("127.0.0.1:65535")]
    [InlineData("[2001:db8::1]:8080")]
    [InlineData("[::]:1")]
    public void An_address_with_its_port_is_read_as_it_is_written(string text)
    {
        Assert.True(AddressText.TryParseWithPort(Encoding.ASCII.GetBytes(text), out var endpoint));
        Assert.True(IpEndpoint.TryParse(text, out var expected));
        Assert.Equal(expected, endpoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":80")]
    [InlineData("192.0.2.1")]
    [InlineData("192.0.2.1:")]
    [InlineData("192.0.2.1:+80")]
    [InlineData("192.0.2.1:65536")]
    [InlineData("192.0.2.1:80 ")]
    [InlineData("192.0.2.1:80:90")]
    [InlineData("2001:db8::1:80")]
    [InlineData("[2001:db8::1]")]
    [InlineData("[2001:db8::1]:80:90")]
    [InlineData("[192.0.2.1]:80")]
    [InlineData("host:80")]
    public void What_is_no_address_with_a_port_is_refused(string text) =>
        Assert.False(AddressText.TryParseWithPort(Encoding.ASCII.GetBytes(text), out _));
}
