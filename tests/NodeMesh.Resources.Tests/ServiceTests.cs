using System.Net;
using NodeMesh.Resources.Services;

namespace NodeMesh.Resources.Tests;

public sealed class ServiceTests
{
    [Fact]
    public void A_service_of_workloads_is_read()
    {
        var service = Given.Read<Service>(Given.Document("Service", """
            selector: {app: cart}
            ports:
            - {name: http, port: 80, targetPort: web, protocol: http}
            - {name: admin, port: 81, targetPort: 9000}
            - {name: metrics, port: 9100}
            vips: [240.240.0.7, "fd00:240::7"]
            hostnames: [cart.example.org]
            """, "{name: cart, namespace: shop}"));

        Assert.Equal("cart.shop.mesh", service.DnsName("mesh"));
        Assert.Equal(Labels.Of(("app", "cart")), service.Selector);
        Assert.Equal(
            [
                new ServicePort { Name = "http", Port = 80, TargetPort = new PortReference("web"), Protocol = AppProtocol.Http },
                new ServicePort { Name = "admin", Port = 81, TargetPort = new PortReference(9000) },
                new ServicePort { Name = "metrics", Port = 9100, TargetPort = new PortReference(9100) },
            ],
            service.Ports);
        Assert.Equal([IPAddress.Parse("240.240.0.7"), IPAddress.Parse("fd00:240::7")], service.Vips);
        Assert.Equal(["cart.example.org"], service.Hostnames);
    }

    [Fact]
    public void A_service_of_static_endpoints_is_read()
    {
        var service = Given.Read<Service>(Given.Document("Service", """
            ports: [{port: 5432}]
            endpoints: [{address: 192.0.2.50}, {address: 192.0.2.51, port: 6432}]
            """));

        Assert.Null(service.Selector);
        Assert.Equal(
            [
                new ServiceEndpoint { Address = IPAddress.Parse("192.0.2.50") },
                new ServiceEndpoint { Address = IPAddress.Parse("192.0.2.51"), Port = 6432 },
            ],
            service.Endpoints);
    }

    [Fact]
    public void Timeouts_and_limits_are_read_and_have_defaults()
    {
        var plain = Given.Read<Service>(Given.Document("Service", "{ports: [{port: 80}], selector: {a: b}}"));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.Zero), (plain.Timeouts.Connect, plain.Timeouts.Request));
        Assert.Equal(TimeSpan.FromMinutes(5), plain.Timeouts.Idle);
        Assert.Equal((1024, 1024, 1024, 0), (
            plain.ConnectionPool.MaxConnections,
            plain.ConnectionPool.MaxPendingRequests,
            plain.ConnectionPool.MaxRequests,
            plain.ConnectionPool.MaxRequestsPerConnection));
        Assert.Equal(TimeSpan.FromHours(1), plain.ConnectionPool.IdleTimeout);

        var service = Given.Read<Service>(Given.Document("Service", """
            ports: [{port: 80}]
            selector: {a: b}
            timeouts: {connect: 250ms, request: 10s, perTry: 3s, idle: 0s}
            connectionPool: {maxConnections: 5, maxPendingRequests: 6, maxRequests: 7, maxRequestsPerConnection: 8, idleTimeout: 1m30s}
            """));
        Assert.Equal(
            new ServiceTimeouts
            {
                Connect = TimeSpan.FromMilliseconds(250),
                Request = TimeSpan.FromSeconds(10),
                PerTry = TimeSpan.FromSeconds(3),
                Idle = TimeSpan.Zero,
            },
            service.Timeouts);
        Assert.Equal(
            new ConnectionPool
            {
                MaxConnections = 5,
                MaxPendingRequests = 6,
                MaxRequests = 7,
                MaxRequestsPerConnection = 8,
                IdleTimeout = TimeSpan.FromSeconds(90),
            },
            service.ConnectionPool);
    }

    [Theory]
    [InlineData("timeouts: {connect: 0s}", "7:23 spec.timeouts.connect: \"0s\" is not right here; expected is a duration from 1ms to 10m")]
    [InlineData("timeouts: {request: 25h}", "7:23 spec.timeouts.request: \"25h\" is not right here; expected is a duration from 1ms to 24h, or 0s for none")]
    [InlineData("timeouts: {request: 1s, perTry: 2s}", "7:35 spec.timeouts.perTry: a single try may take longer than the whole request")]
    [InlineData("timeouts: {retry: 2s}", "7:14 spec.timeouts.retry: the timeouts has no such field")]
    [InlineData("connectionPool: {maxConnections: 0}", "7:36 spec.connectionPool.maxConnections: the number 0 is not right here; expected is a limit, a whole number from 1 to 1000000")]
    [InlineData("connectionPool: {idleTimeout: 5}", "7:33 spec.connectionPool.idleTimeout: the number 5 is not right here; expected is a duration from 1s to 24h")]
    public void Timeouts_and_limits_out_of_range_are_refused(string field, string expected) =>
        Given.AssertIssues([expected], Given.IssuesOf(Given.Document("Service", $"ports: [{{port: 80}}]\nselector: {{a: b}}\n{field}")));

    [Theory]
    [InlineData("{selector: {a: b}}", "5:3 spec.ports: the field is missing")]
    [InlineData("{selector: {a: b}, ports: []}", "5:29 spec.ports: the list is empty")]
    [InlineData("{ports: [{port: 80}]}", "5:3 spec: nothing stands behind the service; give a selector")]
    [InlineData("{ports: [{port: 80}], selector: {}}", "5:35 spec.selector: no label stands here")]
    [InlineData("{ports: [{port: 80}], selector: {version: 2}}", "5:45 spec.selector.version: the number 2 is not text; expected is a label value")]
    [InlineData("{ports: [{port: 80}], selector: {-a: b}}", "5:36 spec.selector.-a: \"-a\" is not a label name")]
    [InlineData("{ports: [{port: 80}], selector: {a: b}, endpoints: [{address: 192.0.2.1}]}", "5:54 spec.endpoints: selector and endpoints are both given")]
    [InlineData("{ports: [{port: 80}, {port: 81, name: a}], selector: {a: b}}", "5:12 spec.ports[0].name: the port has no name; where there are several ports, each needs one")]
    [InlineData("{ports: [{port: 80, name: a}, {port: 80, name: b}], selector: {a: b}}", "5:40 spec.ports[1].port: the port 80 is ports[0]'s already")]
    [InlineData("{ports: [{port: 80, targetPort: 70000}], selector: {a: b}}", "5:35 spec.ports[0].targetPort: the number 70000 is not right here; expected is a port from 1 to 65535, or a port's name")]
    [InlineData("{ports: [{port: 80, targetPort: web}], endpoints: [{address: 192.0.2.1}]}", "5:35 spec.ports[0].targetPort: static endpoints have no port named web")]
    [InlineData("{ports: [{port: 80}], selector: {a: b}, vips: [240.240.0.1, 240.240.0.2]}", "5:63 spec.vips[1]: 240.240.0.1 and 240.240.0.2 are of one family")]
    [InlineData("{ports: [{port: 80}], selector: {a: b}, vips: [127.0.0.5]}", "5:50 spec.vips[0]: 127.0.0.5 is a loopback address")]
    [InlineData("{ports: [{port: 80}], selector: {a: b}, hostnames: [Cart.example.org]}", "5:55 spec.hostnames[0]: \"Cart.example.org\" is not right here; expected is a DNS name in lower case")]
    [InlineData("{ports: [{port: 80}], selector: {a: b}, hostnames: [10.0.0.1]}", "5:55 spec.hostnames[0]: \"10.0.0.1\" is not right here")]
    public void What_is_wrong_is_named_with_its_place(string spec, string expected) =>
        Given.AssertIssues([expected], Given.IssuesOf(Given.Document("Service", spec)));
}
