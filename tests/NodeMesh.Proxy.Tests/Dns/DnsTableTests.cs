using System.Net;
using NodeMesh.Proxy.Dns;

namespace NodeMesh.Proxy.Tests.Dns;

public sealed class DnsTableTests
{
    private static readonly DnsTable Table = new(
        "Mesh.Internal.",
        [
            ("orders.shop.mesh.internal", [IPAddress.Parse("240.0.0.1"), IPAddress.Parse("fd00::1")]),
            ("Orders.shop.mesh.internal", [IPAddress.Parse("240.0.0.2")]),
            ("api.example.com", [IPAddress.Parse("240.0.0.1")]),
            ("*.wild.example.com", [IPAddress.Parse("240.0.0.3")]),
            ("real.wild.example.com", [IPAddress.Parse("240.0.0.4")]),
        ],
        TimeSpan.FromSeconds(5));

    [Theory]
    [InlineData("orders.shop.mesh.internal", "240.0.0.1 240.0.0.2 fd00::1")]
    [InlineData("api.example.com", "240.0.0.1")]
    [InlineData("x.wild.example.com", "240.0.0.3")]
    [InlineData("a.b.wild.example.com", "240.0.0.3")]
    [InlineData("real.wild.example.com", "240.0.0.4")]
    [InlineData("shop.mesh.internal", "")]
    [InlineData("mesh.internal", "")]
    [InlineData("1.0.0.240.in-addr.arpa", "orders.shop.mesh.internal")]
    [InlineData("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", "orders.shop.mesh.internal")]
    public void A_name_that_exists_has_its_records(string name, string records)
    {
        var entry = Table.Find(name, out var isOurs)!;

        Assert.True(isOurs);
        Assert.Equal(records, entry.Pointer ?? string.Join(' ', entry.IPv4.Concat(entry.IPv6)));
    }

    [Theory]
    [InlineData("no.mesh.internal", true)]
    [InlineData("x.orders.shop.mesh.internal", true)]
    [InlineData("x.real.wild.example.com", false)]
    [InlineData("wild.example.com", false)]
    [InlineData("x.api.example.com", false)]
    [InlineData("notmesh.internal", false)]
    [InlineData("internal", false)]
    [InlineData("", false)]
    [InlineData("9.0.0.240.in-addr.arpa", false)]
    public void A_name_that_does_not_exist_is_ours_only_in_the_mesh_domain(string name, bool ours)
    {
        Assert.Null(Table.Find(name, out var isOurs));
        Assert.Equal(ours, isOurs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("a..b")]
    [InlineData("a.*.b")]
    [InlineData("a b.c")]
    [InlineData("ü.c")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.c")]
    public void A_name_that_DNS_cannot_carry_is_refused(string name)
    {
        var failure = Assert.Throws<ArgumentException>(() => new DnsTable("mesh.internal", [(name, [])], TimeSpan.Zero));

        Assert.StartsWith($"\"{name}\" is no DNS name: expected labels of letters, digits, - and _", failure.Message, StringComparison.Ordinal);
    }
}
