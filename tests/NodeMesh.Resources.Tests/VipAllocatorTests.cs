using System.Net;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Services;
using NodeMesh.Spiffe;

namespace NodeMesh.Resources.Tests;

public sealed class VipAllocatorTests
{
    [Fact]
    public void Each_service_has_an_address_of_each_family_and_is_found_by_it()
    {
        var cart = Service("cart");
        var table = VipAllocator.Allocate(MeshOf(), [], [cart]);
        var vips = table.Of(cart);

        Assert.True(IPNetwork.Parse("240.240.0.0/16").Contains(vips.IPv4!));
        Assert.True(IPNetwork.Parse("fd00:240::/64").Contains(vips.IPv6!));
    }

    [Fact]
    public void The_addresses_of_a_name_never_change()
    {
        // A daemon of the next version must compute what this one does.
        var vips = VipAllocator.Allocate(MeshOf(), [], [Service("cart")]).Of(Service("cart"));

        Assert.Equal("240.240.13.197 fd00:240::19d1:56b3", $"{vips.IPv4} {vips.IPv6}");
    }

    [Fact]
    public void The_order_of_the_resources_does_not_matter()
    {
        var services = Enumerable.Range(0, 200).Select(i => Service($"s{i}")).ToArray();
        var mesh = MeshOf("10.0.0.0/24", "fd00::/120");
        var forwards = VipAllocator.Allocate(mesh, [], services);
        var backwards = VipAllocator.Allocate(mesh, [], services.Reverse());

        Assert.All(services, service => Assert.Equal(forwards.Of(service), backwards.Of(service)));
        Assert.Equal(services.Length, services.Select(service => forwards.Of(service).IPv4).Distinct().Count());
    }

    [Fact]
    public void Every_usable_address_of_a_range_is_given_before_it_is_full()
    {
        var services = Enumerable.Range(0, 7).Select(i => Service($"s{i}")).ToArray();
        var table = VipAllocator.Allocate(MeshOf("10.0.0.0/29"), [], services);

        Assert.Equal(
            ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", ""],
            services.Select(service => table.Of(service).IPv4?.ToString() ?? "").OrderBy(text => text.Length == 0 ? "z" : text, StringComparer.Ordinal));
        Assert.All(services, service => Assert.Null(table.Of(service).IPv6));
    }

    [Fact]
    public void A_full_range_is_followed_by_the_next()
    {
        var services = Enumerable.Range(0, 4).Select(i => Service($"s{i}")).ToArray();
        var table = VipAllocator.Allocate(MeshOf("10.0.0.0/30", "10.1.0.0/30"), [], services);

        Assert.Equal(
            ["10.0.0.1", "10.0.0.2", "10.1.0.1", "10.1.0.2"],
            services.Select(service => table.Of(service).IPv4!.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_given_address_is_kept_and_given_to_nobody_else()
    {
        var mesh = MeshOf("10.0.0.0/30");
        var given = Service("zz") with { Vips = [IPAddress.Parse("10.0.0.2")] };
        var table = VipAllocator.Allocate(mesh, [], [Service("a"), Service("b"), given]);

        Assert.Equal("10.0.0.2", table.Of(given).IPv4!.ToString());
        Assert.Equal("10.0.0.1", table.Of(Service("a")).IPv4!.ToString());
        Assert.Null(table.Of(Service("b")).IPv4);
    }

    private static Service Service(string name) =>
        new() { Metadata = ResourceMetadata.Of(name, "shop"), Ports = [new ServicePort { Port = 80, TargetPort = new PortReference(80) }] };

    private static MeshConfig MeshOf(params string[] ranges)
    {
        var mesh = new MeshConfig { Metadata = ResourceMetadata.Global("mesh"), TrustDomain = TrustDomain.Parse("example.org") };
        return ranges.Length == 0 ? mesh : mesh with { VipRanges = ranges.Select(IPNetwork.Parse).ToValueList() };
    }
}
