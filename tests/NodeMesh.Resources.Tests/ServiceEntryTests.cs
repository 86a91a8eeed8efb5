using System.Net;
using NodeMesh.Resources.Services;

namespace NodeMesh.Resources.Tests;

public sealed class ServiceEntryTests
{
    [Fact]
    public void Every_field_is_read()
    {
        var entry = Given.Read<ServiceEntry>(Given.Document("ServiceEntry", """
            hosts: [db.example.com, "*.db.example.com"]
            addresses: [198.51.100.7, 203.0.113.0/24, "2001:db8:1::/48"]
            ports: [{name: pg, port: 5432, protocol: tcp}]
            resolution: dns
            endpoints: [{address: db-1.example.com}, {address: 198.51.100.8, port: 6432}]
            """));

        Assert.Equal(["db.example.com", "*.db.example.com"], entry.Hosts);
        Assert.Equal([IPNetwork.Parse("198.51.100.7/32"), IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("2001:db8:1::/48")], entry.Addresses);
        Assert.Equal([new ServiceEntryPort { Name = "pg", Port = 5432, Protocol = AppProtocol.Tcp }], entry.Ports);
        Assert.Equal(ServiceEntryResolution.Dns, entry.Resolution);
        Assert.Equal(
            [new ServiceEntryEndpoint { Address = "db-1.example.com" }, new ServiceEntryEndpoint { Address = "198.51.100.8", Port = 6432 }],
            entry.Endpoints);
    }

    [Theory]
    [InlineData("{ports: [{port: 80}]}", "5:3 spec.hosts: the field is missing")]
    [InlineData("{hosts: [a.*.b], ports: [{port: 80}]}", "5:12 spec.hosts[0]: \"a.*.b\" is not right here; expected is a DNS name in lower case, such as cart.example.org or *.example.org")]
    [InlineData("{hosts: [a], ports: [{port: 80}], endpoints: [{address: 192.0.2.1}]}", "5:48 spec.endpoints: with resolution none connections go where the application sends them")]
    [InlineData("{hosts: [a], ports: [{port: 80}], resolution: static}", "5:49 spec.resolution: resolution static needs endpoints")]
    [InlineData("{hosts: [a], ports: [{port: 80}], resolution: static, endpoints: [{address: b}]}", "5:79 spec.endpoints[0].address: b is a name; with resolution static give an IP address")]
    [InlineData("{hosts: [\"*.a\"], ports: [{port: 80}], resolution: dns}", "5:12 spec.hosts[0]: *.a cannot be looked up")]
    [InlineData("{hosts: [a], ports: [{port: 80}], resolution: STATIC}", "5:49 spec.resolution: \"STATIC\": no such value; did you mean \"static\"? Known are none, static, dns")]
    [InlineData("{hosts: [a], ports: [{number: 80, port: 80}]}", "5:25 spec.ports[0].number: a service entry port has no such field; known are name, port, protocol")]
    public void What_is_wrong_is_named_with_its_place(string spec, string expected) =>
        Given.AssertIssues([expected], Given.IssuesOf(Given.Document("ServiceEntry", spec)));
}
