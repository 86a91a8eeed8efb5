using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;
using static NodeMesh.Proxy.Tests.Configuration.TestMesh;

namespace NodeMesh.Proxy.Tests.Configuration;

public sealed class SnapshotCompilerTests
{
    [Fact]
    public void A_service_is_found_by_its_virtual_address_in_both_families()
    {
        var snapshot = Compile(null, Service("orders", 80, 8080), Workload("orders-1", "n2", 8080));
        var vips = snapshot.Resources.Vips.Of(snapshot.Resources.FindService("shop", "orders")!);

        foreach (var vip in new[] { vips.IPv4!, vips.IPv6! })
        {
            var found = snapshot.FindService(IpEndpoint.From(vip, 80));
            Assert.Equal("shop/orders", found!.Service.FullName);
            Assert.Equal("orders.shop.mesh", found.Service.HostName);
            Assert.Equal(Address("192.0.2.2:8080"), Assert.Single(found.Endpoints.ToArray()).Address);
            Assert.Null(snapshot.FindService(IpEndpoint.From(vip, 81)));
            Assert.True(snapshot.IsVirtual(IpEndpoint.From(vip, 81)));
        }

        Assert.Contains(snapshot.DnsNames, entry => entry.Name == "orders.shop.mesh" && entry.Addresses.SequenceEqual([vips.IPv4!, vips.IPv6!]));
        Assert.Empty(snapshot.Warnings);
    }

    [Fact]
    public void An_endpoint_on_another_node_is_dialled_at_its_mesh_port_and_named_by_its_own()
    {
        var endpoint = Assert.Single(Compile(null, Workload("orders-1", "n2", 8080)).Endpoints);

        Assert.True(endpoint.IsMesh);
        Assert.Equal(Address("192.0.2.2:15008"), endpoint.DialAddress);
        Assert.Equal(Address("192.0.2.2:8080"), endpoint.Address);
        Assert.Equal("spiffe://mesh.example/ns/shop/sa/orders", endpoint.Identity!.ToString());
        Assert.Equal("n2", endpoint.NodeName);
    }

    [Fact]
    public void An_endpoint_on_this_node_is_dialled_where_the_application_listens()
    {
        var everywhere = Workload("any", "n1") with { Ports = [new WorkloadPort { Name = "a", Port = 81, Address = IPAddress.IPv6Any }] };
        var snapshot = Compile(null, Workload("orders-1", "n1", 8080), everywhere);

        var endpoint = snapshot.Endpoints.Single(e => e.WorkloadName == "orders-1");
        Assert.True(endpoint.IsLocal);
        Assert.Equal(Address("127.0.0.1:8080"), endpoint.DialAddress);
        Assert.Equal(Address("[::1]:81"), snapshot.Endpoints.Single(e => e.WorkloadName == "any").DialAddress);
    }

    [Fact]
    public void An_instance_is_found_by_its_real_address_and_only_it()
    {
        var snapshot = Compile(
            null, Service("orders", 80, 8080), Workload("orders-1", "n1", 8080), Workload("orders-2", "n2", 8080), Workload("lone", "n2", 99));

        var direct = snapshot.FindService(Address("192.0.2.2:8080"))!;
        Assert.Equal("orders-2", Assert.Single(direct.Endpoints.ToArray()).WorkloadName);
        Assert.Equal("shop/orders", direct.Service.FullName);
        Assert.Same(snapshot.FindService(Address("192.0.2.1:8080")), snapshot.FindService(Address("[2001:db8::1]:8080")));
        Assert.Equal(MeshServiceKind.Workload, snapshot.FindService(Address("192.0.2.2:99"))!.Service.Kind);
        Assert.Null(snapshot.FindService(Address("192.0.2.2:22")));
        Assert.False(snapshot.IsVirtual(Address("192.0.2.2:22")));
    }

    [Fact]
    public void Inbound_ports_are_found_by_authority_only_on_this_nodes_addresses()
    {
        var snapshot = Compile(null, Workload("orders-1", "n1", 8080), Workload("cart-1", "n2", 8081));

        Assert.Equal("shop/orders-1", snapshot.FindInbound(Address("192.0.2.1:8080"))!.Workload.FullName);
        Assert.Equal("shop/orders-1", snapshot.FindInbound(Address("[2001:db8::1]:8080"))!.Workload.FullName);
        Assert.Null(snapshot.FindInbound(Address("192.0.2.2:8080")));
        Assert.Null(snapshot.FindInbound(Address("192.0.2.1:8081")));
        Assert.Equal("shop/orders-1", snapshot.FindInboundPlaintext(Address("10.9.8.7:8080"))!.Workload.FullName);
        Assert.Null(snapshot.FindInboundPlaintext(Address("10.9.8.7:8081")));
        Assert.Equal([8080], snapshot.InboundPorts);
    }

    [Fact]
    public void Workloads_bound_to_different_addresses_of_a_node_may_share_a_port()
    {
        var bound = Workload("b-1", "n1") with { Ports = [new WorkloadPort { Name = "p", Port = 80, Address = IPAddress.Parse("2001:db8::1") }] };
        var snapshot = Compile(null, Workload("a-1", "n1", 80), bound);

        Assert.Equal("shop/a-1", snapshot.FindInbound(Address("192.0.2.1:80"))!.Workload.FullName);
        Assert.Equal("shop/b-1", snapshot.FindInbound(Address("[2001:db8::1]:80"))!.Workload.FullName);
        Assert.Equal(Address("[2001:db8::1]:80"), snapshot.Endpoints.Single(e => e.WorkloadName == "b-1").Address);
        Assert.Null(snapshot.FindInboundPlaintext(Address("10.9.8.7:80")));
        Assert.Empty(snapshot.Warnings);
    }

    [Fact]
    public void A_port_that_two_workloads_claim_is_neithers()
    {
        var snapshot = Compile(null, Workload("a-1", "n1", 80), Workload("b-1", "n1", 80), Service("a", 80, 80));

        Assert.Null(snapshot.FindInbound(Address("192.0.2.1:80")));
        Assert.Null(snapshot.FindService(Address("192.0.2.1:80")));
        Assert.Empty(snapshot.Services.Single().Endpoints.ToArray());
        Assert.Contains(snapshot.Warnings, w => w.Contains("shop/a-1 and shop/b-1", StringComparison.Ordinal));
    }

    [Fact]
    public void A_static_endpoint_at_a_workloads_address_does_not_lead_around_its_identity()
    {
        var service = new Service
        {
            Metadata = ResourceMetadata.Of("a", "shop"),
            Ports = [new ServicePort { Port = 80, TargetPort = new PortReference(8080) }],
            Endpoints = [new ServiceEndpoint { Address = IPAddress.Parse("192.0.2.2") }, new ServiceEndpoint { Address = IPAddress.Parse("198.51.100.1"), Port = 81 }],
        };
        var endpoints = Compile(null, service, Workload("orders-1", "n2", 8080)).Services.Single().Endpoints.ToArray();

        Assert.Equal([EndpointKind.Mesh, EndpointKind.Plain], endpoints.Select(e => e.Kind));
        Assert.Equal(Address("198.51.100.1:81"), endpoints[1].DialAddress);
    }

    [Fact]
    public void What_cannot_be_resolved_leads_nowhere_and_is_warned_about()
    {
        var snapshot = Compile(
            null,
            Service("orders", 80, 8080),
            Workload("orders-1", "n2", 9090),
            Service("empty", 80, 80),
            Workload("stray-1", "no-such-node", 70),
            Workload("user-1", "n1") with { Selector = new ProcessSelector { User = "nobody-known" } },
            Workload("check-1", "n1") with { HealthCheck = new HealthCheck { Tcp = new TcpHealthCheck { Port = new PortReference("web") } } });

        Assert.All(snapshot.Services, service => Assert.Empty(service.Endpoints.ToArray()));
        Assert.Null(snapshot.Match(new ProcessFacts(1, "/", null)).Workload);
        Assert.Empty(snapshot.HealthTargets);
        Assert.Equal(5, snapshot.Warnings.Count);
    }

    [Fact]
    public void A_node_that_is_not_declared_serves_nothing()
    {
        var snapshot = Compile(null, "elsewhere", Workload("orders-1", "elsewhere", 8080), Workload("orders-2", "n2", 8080));

        Assert.Null(snapshot.Node);
        Assert.Empty(snapshot.InboundPorts);
        Assert.NotNull(snapshot.FindService(Address("192.0.2.2:8080")));
        Assert.Contains(snapshot.Warnings, w => w.Contains("no Node of that name", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unchanged_endpoint_is_the_same_object_after_a_reload()
    {
        var first = Compile(null, Service("orders", 80, 8080), Workload("orders-1", "n2", 8080), Workload("gone-1", "n2", 70));
        var endpoint = first.Endpoints.Single(e => e.WorkloadName == "orders-1");
        var second = Compile(first, Service("orders", 81, 8080), Workload("orders-1", "n2", 8080));

        Assert.Same(endpoint, Assert.Single(second.Endpoints));
        Assert.Equal(2, second.Revision);
    }

    [Fact]
    public void A_changed_endpoint_keeps_its_counters_and_health()
    {
        var first = Compile(null, Workload("orders-1", "n2", 8080));
        var before = Assert.Single(first.Endpoints);
        before.State.Acquire();
        var second = Compile(first, Workload("orders-1", "n2", 8080) with { ServiceAccount = "other" });

        var after = Assert.Single(second.Endpoints);
        Assert.NotSame(before, after);
        Assert.Same(before.State, after.State);
        Assert.EndsWith("/sa/other", after.Identity!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Peer_authentication_is_strict_unless_something_narrower_says_otherwise()
    {
        var workload = Workload("orders-1", "n1", 80, 81);
        var mesh = new PeerAuthentication
        {
            Metadata = ResourceMetadata.Of("m", WorkloadPolicy.RootNamespace),
            Mode = PeerAuthenticationMode.Permissive,
        };
        var ns = new PeerAuthentication { Metadata = ResourceMetadata.Of("n", "shop"), Mode = PeerAuthenticationMode.Disable };
        var own = new PeerAuthentication
        {
            Metadata = ResourceMetadata.Of("o", "shop"),
            Selector = new LabelSelector { MatchLabels = Labels.Of(("app", "orders")) },
            Mode = PeerAuthenticationMode.Strict,
            PortLevel = [new PortAuthentication { Port = 81, Mode = PeerAuthenticationMode.Permissive }],
        };

        Assert.Equal([PeerAuthenticationMode.Strict, PeerAuthenticationMode.Strict], Modes(workload));
        Assert.Equal([PeerAuthenticationMode.Permissive, PeerAuthenticationMode.Permissive], Modes(workload, mesh));
        Assert.Equal([PeerAuthenticationMode.Disable, PeerAuthenticationMode.Disable], Modes(workload, mesh, ns));
        Assert.Equal([PeerAuthenticationMode.Strict, PeerAuthenticationMode.Permissive], Modes(workload, mesh, ns, own));
        Assert.Equal([PeerAuthenticationMode.Disable, PeerAuthenticationMode.Permissive], Modes(workload, mesh, ns, own with { Mode = null }));
    }

    [Fact]
    public void A_port_with_mutual_TLS_disabled_is_dialled_in_plaintext()
    {
        var endpoint = Assert.Single(Compile(
            null,
            Workload("orders-1", "n2", 8080),
            new PeerAuthentication { Metadata = ResourceMetadata.Of("n", "shop"), Mode = PeerAuthenticationMode.Disable }).Endpoints);

        Assert.Equal(EndpointKind.Plain, endpoint.Kind);
        Assert.Equal(Address("192.0.2.2:8080"), endpoint.DialAddress);
        Assert.Null(endpoint.Identity);
    }

    [Fact]
    public void The_policies_of_a_local_workload_stand_at_its_ports()
    {
        var deny = new AuthorizationPolicy
        {
            Metadata = ResourceMetadata.Of("deny", "shop"),
            Action = AuthorizationAction.Deny,
            Rules = [new AuthorizationRule()],
        };
        var port = Compile(null, Workload("orders-1", "n1", 8080), deny).FindInbound(Address("192.0.2.1:8080"))!;

        Assert.False(port.Workload.Authorizer.Authorize(new ConnectionFacts(null, Address("192.0.2.9:1"), Address("192.0.2.1:8080"))).Allowed);
    }

    [Fact]
    public void The_longest_address_range_of_a_service_entry_wins()
    {
        var wide = Entry("wide", "*.example.org") with { Addresses = [IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("2001:db8:1::/48")] };
        var narrow = Entry("narrow", "one.example.org") with { Addresses = [IPNetwork.Parse("198.51.100.7/32")] };
        var snapshot = Compile(null, wide, narrow);

        Assert.Equal("shop/narrow", snapshot.FindService(Address("198.51.100.7:443"))!.Service.FullName);
        Assert.Equal("shop/wide", snapshot.FindService(Address("198.51.100.8:443"))!.Service.FullName);
        Assert.Equal("shop/wide", snapshot.FindService(Address("[2001:db8:1:2::3]:443"))!.Service.FullName);
        Assert.True(snapshot.FindService(Address("198.51.100.8:443"))!.IsPassthrough);
        Assert.Null(snapshot.FindService(Address("198.51.100.8:80")));
        Assert.Null(snapshot.FindService(Address("198.51.101.8:443")));
        Assert.Equal("one.example.org", Assert.Single(snapshot.DnsNames).Name);
    }

    [Fact]
    public void An_entry_known_by_name_alone_gets_a_virtual_address_for_each_host()
    {
        var entry = Entry("api", "a.example.org", "b.example.org", "*.example.org") with { Resolution = ServiceEntryResolution.Dns };
        var other = Entry("more", "a.example.org") with { Resolution = ServiceEntryResolution.Dns, Ports = [new ServiceEntryPort { Port = 80 }] };
        var snapshot = Compile(null, entry, other);

        var a = snapshot.DnsNames.First(name => name.Name == "a.example.org").Addresses;
        Assert.Equal(2, a.Count);
        var found = snapshot.FindService(IpEndpoint.From(a[0], 443))!;
        Assert.Equal(new UpstreamName("a.example.org", 443), Assert.Single(found.Names));
        Assert.False(found.IsPassthrough);
        Assert.Equal("shop/more", snapshot.FindService(IpEndpoint.From(a[1], 80))!.Service.FullName);
        Assert.DoesNotContain(snapshot.DnsNames, name => name.Name == "*.example.org");
        Assert.Single(snapshot.Warnings);
    }

    [Fact]
    public void An_entry_without_resolution_or_addresses_is_warned_about() =>
        Assert.Contains("a.example.org has no address", Assert.Single(Compile(null, Entry("api", "a.example.org")).Warnings), StringComparison.Ordinal);

    [Fact]
    public void A_virtual_address_that_two_services_claim_is_refused()
    {
        var vip = IPAddress.Parse("203.0.113.1");
        var snapshot = Compile(
            null,
            Service("a", 80, 80) with { Vips = [vip] },
            Service("b", 80, 80) with { Vips = [vip] },
            Workload("a-1", "n2", 80),
            Workload("b-1", "n1", 80));

        Assert.Empty(snapshot.FindService(IpEndpoint.From(vip, 80))!.Endpoints.ToArray());
        Assert.Contains(snapshot.Warnings, w => w.Contains("both shop/a and shop/b", StringComparison.Ordinal));
    }

    [Fact]
    public void A_health_check_goes_to_the_application_and_decides_all_ports_of_the_workload()
    {
        var check = new HealthCheck { Tcp = new TcpHealthCheck { Port = new PortReference("p8081") } };
        var target = Assert.Single(Compile(null, Workload("orders-1", "n1", 8080, 8081) with { HealthCheck = check }).HealthTargets);

        Assert.Equal(Address("127.0.0.1:8081"), target.Address);
        Assert.Equal(2, target.States.Count);
    }

    [Fact]
    public void The_mesh_settings_are_taken_over()
    {
        var config = Config with { Egress = new EgressSettings { Mode = EgressMode.RegistryOnly }, UnknownSources = UnknownSourcePolicy.Refuse };
        var snapshot = Compile(null, config);

        Assert.Equal(EgressMode.RegistryOnly, snapshot.Egress);
        Assert.Equal(UnknownSourcePolicy.Refuse, snapshot.UnknownSources);
    }

    [Fact]
    public void The_settings_of_a_service_stand_at_its_ports_and_at_its_instances()
    {
        var snapshot = Compile(
            null,
            Workload("orders-1", "n2", 8080),
            Workload("alone-1", "n2", 9090),
            Service("orders", 80, 8080) with
            {
                Vips = [IPAddress.Parse("240.240.0.1")],
                Timeouts = new ServiceTimeouts { Request = TimeSpan.FromSeconds(3), Idle = TimeSpan.Zero },
                ConnectionPool = new ConnectionPool { MaxRequests = 5 },
            });

        var settings = snapshot.FindService(Address("240.240.0.1:80"))!.Settings;
        Assert.Equal(TimeSpan.FromSeconds(3), settings.RequestTimeout);
        Assert.Null(settings.PerTryTimeout);
        Assert.Null(settings.StreamIdleTimeout);
        Assert.Equal((5, 1024, int.MaxValue), (settings.MaxRequests, settings.MaxConnections, settings.MaxRequestsPerConnection));
        Assert.Equal(settings, snapshot.FindService(Address("192.0.2.2:8080"))!.Settings);
        Assert.Equal(ServiceSettings.Default, snapshot.FindService(Address("192.0.2.2:9090"))!.Settings);
    }

    [Theory]
    [InlineData(AppProtocol.Auto, AppProtocol.Http, AppProtocol.Http, AppProtocol.Http)]
    [InlineData(AppProtocol.Auto, AppProtocol.Http, AppProtocol.Http2, AppProtocol.Auto)]
    [InlineData(AppProtocol.Auto, AppProtocol.Auto, AppProtocol.Http2, AppProtocol.Auto)]
    [InlineData(AppProtocol.Auto, AppProtocol.Tcp, AppProtocol.Tcp, AppProtocol.Tcp)]
    [InlineData(AppProtocol.Tcp, AppProtocol.Http, AppProtocol.Http, AppProtocol.Tcp)]
    public void What_a_service_does_not_declare_its_workloads_may(AppProtocol service, AppProtocol first, AppProtocol second, AppProtocol expected)
    {
        var snapshot = Compile(
            null,
            Speaking("orders-1", first),
            Speaking("orders-2", second),
            Service("orders", 80, 8080) with { Ports = [new ServicePort { Port = 80, TargetPort = new PortReference(8080), Protocol = service }] });

        Assert.Equal(expected, Assert.Single(snapshot.Services).Protocol);

        static Workload Speaking(string name, AppProtocol protocol) =>
            Workload(name, "n2") with { Ports = [new WorkloadPort { Name = "p", Port = 8080, Protocol = protocol }] };
    }

    [Fact]
    public void Looking_up_allocates_nothing()
    {
        var snapshot = Compile(
            null,
            Service("orders", 80, 8080),
            Workload("orders-1", "n1", 8080),
            Entry("wide", "*.example.org") with { Addresses = [IPNetwork.Parse("198.51.100.0/24")] });
        var known = Address("192.0.2.1:8080");
        var ranged = Address("198.51.100.9:443");
        var unknown = Address("[2001:db8:9::9]:1");
        var process = new ProcessFacts(5, "/system.slice/orders-1.service", "orders-1.service");
        LookUp(snapshot, known, ranged, unknown, process);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            LookUp(snapshot, known, ranged, unknown, process);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void LookUp(MeshSnapshot snapshot, IpEndpoint known, IpEndpoint ranged, IpEndpoint unknown, ProcessFacts process)
    {
        if (snapshot.FindService(known) is null || snapshot.FindService(ranged) is null || snapshot.FindService(unknown) is not null
            || snapshot.FindInbound(known) is null || snapshot.IsVirtual(unknown) || snapshot.Match(process).Workload is null)
        {
            throw new InvalidOperationException("a look-up went wrong");
        }
    }

    private static PeerAuthenticationMode[] Modes(Workload workload, params Resource[] others) =>
        [.. Compile(null, [workload, .. others]).Workloads.Single().Ports.Select(port => port.Mode)];
}
