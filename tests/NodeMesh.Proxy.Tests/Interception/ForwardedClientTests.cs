using System.Text;
using NodeMesh.Proxy.Interception;

namespace NodeMesh.Proxy.Tests.Interception;

public sealed class ForwardedClientTests
{
    [Theory]
    [InlineData("for=\"10.0.0.1:4711\";host=cart.shop.mesh", "10.0.0.1:4711")]
    [InlineData("host=\"a;for=b\" ; FOR=10.0.0.1:4711", "10.0.0.1:4711")]
    [InlineData("for=\"[2001:db8::1]:65535\"", "[2001:db8::1]:65535")]
    [InlineData("for=\"10.0.0.1\"", null)]
    [InlineData("for=10.0.0.1:0", null)]
    [InlineData("for=unknown;host=x", null)]
    [InlineData("for=\"_hidden:1\"", null)]
    [InlineData("for=\"[fe80::1%3]:1\"", null)]
    [InlineData("for=\"10.0.0.1:1\", for=\"10.0.0.2:2\"", null)]
    [InlineData("for=\"10.0.0.1:1\";nonsense", null)]
    [InlineData("host=cart", null)]
    [InlineData("for=\"10.0.0.1:1", null)]
    [InlineData("", null)]
    public void One_client_with_its_port_is_read_and_nothing_else(string header, string? client)
    {
        Assert.Equal(client is not null, ForwardedClient.TryParse(Encoding.Latin1.GetBytes(header), out var found));
        Assert.Equal(client, found == default ? null : $"{found}");
    }

    [Fact]
    public void Any_bytes_are_taken_and_only_whole_addresses_come_out()
    {
        var random = new Random(7239);
        var seeds = new[] { "for=\"10.0.0.1:4711\";host=cart.shop.mesh", "for=\"[2001:db8::1]:65535\"", "host=\"a\\\"b\";for=1.2.3.4:5" };
        var read = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var bytes = Encoding.Latin1.GetBytes(seeds[round % seeds.Length]);
            for (var change = random.Next(4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "\";,=:[]for %"[random.Next(12)]);
            }

            var cut = bytes.AsSpan(0, random.Next(8) == 0 ? random.Next(bytes.Length) : bytes.Length);
            if (ForwardedClient.TryParse(cut, out var client))
            {
                read++;
                Assert.NotEqual(0, client.Port);
                Assert.Equal(0u, client.ScopeId);
            }
            else
            {
                Assert.Equal(default, client);
            }
        }

        Assert.InRange(read, 20_000, 180_000);
    }
}
