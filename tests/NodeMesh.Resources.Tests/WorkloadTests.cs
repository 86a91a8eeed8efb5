using System.Net;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Resources.Tests;

public sealed class WorkloadTests
{
    private const string Cart = """
        node: web-1
        selector:
          systemdUnit: cart.service
          uid: 1001
          cgroupPath: /system.slice/cart.service
          executable: /usr/bin/cart
        serviceAccount: cart-app
        ports:
        - name: http
          port: 8080
          protocol: http
          address: 192.0.2.11
        - {name: redis, port: 6379}
        healthCheck:
          interval: 1m30s
          timeout: 500ms
          healthyThreshold: 2
          unhealthyThreshold: 5
          tcp: {port: http}
        """;

    [Fact]
    public void Every_field_is_read()
    {
        var workload = Given.Read<Workload>(Given.Document("Workload", Cart, "{name: cart, namespace: shop, labels: {app: cart, version: v2}}"));

        Assert.Equal("web-1", workload.Node);
        Assert.Equal(
            new ProcessSelector
            {
                SystemdUnit = "cart.service",
                Uid = 1001,
                CgroupPath = "/system.slice/cart.service",
                Executable = "/usr/bin/cart",
            },
            workload.Selector);
        Assert.Equal("spiffe://example.org/ns/shop/sa/cart-app", workload.SpiffeIdIn(TrustDomain.Parse("example.org")).ToString());
        Assert.Equal(
            [
                new WorkloadPort { Name = "http", Port = 8080, Protocol = AppProtocol.Http, Address = IPAddress.Parse("192.0.2.11") },
                new WorkloadPort { Name = "redis", Port = 6379, Protocol = AppProtocol.Auto, Address = IPAddress.Loopback },
            ],
            workload.Ports);
        Assert.Equal(
            new HealthCheck
            {
                Interval = TimeSpan.FromSeconds(90),
                Timeout = TimeSpan.FromMilliseconds(500),
                HealthyThreshold = 2,
                UnhealthyThreshold = 5,
                Tcp = new TcpHealthCheck { Port = new PortReference("http") },
            },
            workload.HealthCheck);
        Assert.True(workload.Metadata.Labels.Match(Labels.Of(("app", "cart"))));
    }

    [Fact]
    public void The_service_account_is_the_name_when_none_is_given()
    {
        var workload = Given.Read<Workload>(Given.Document("Workload", "{node: web-1, selector: {user: www-data}}", "{name: cart}"));

        Assert.Equal("cart", workload.ServiceAccount);
        Assert.Equal("default", workload.Namespace);
        Assert.Null(workload.HealthCheck);
        Assert.Empty(workload.Ports);
    }

    [Fact]
    public void A_port_is_found_by_number_and_by_name()
    {
        var workload = Given.Read<Workload>(Given.Document("Workload", Cart));

        Assert.Equal("redis", workload.FindPort(new PortReference(6379))?.Name);
        Assert.Equal(8080, workload.FindPort(new PortReference("http"))!.Port);
        Assert.Null(workload.FindPort(new PortReference("grpc")));
        Assert.Null(workload.FindPort(new PortReference(80)));
    }

    [Theory]
    [InlineData("{selector: {uid: 1}}", "5:3 spec.node: the field is missing")]
    [InlineData("{node: a}", "5:3 spec.selector: the field is missing; expected is a process selector (a mapping with systemdUnit, user, uid, cgroupPath, executable)")]
    [InlineData("{node: a, selector: {}}", "5:23 spec.selector: no process is selected; give at least one of")]
    [InlineData("{node: a, selector: {user: a, uid: 1}}", "5:38 spec.selector.uid: user and uid are both given")]
    [InlineData("{node: a, selector: {uid: -1}}", "5:29 spec.selector.uid: the number -1 is not right here; expected is a user id, a whole number from 0 to 4294967294")]
    [InlineData("{node: a, selector: {user: 1001}}", "5:30 spec.selector.user: the number 1001 is not text; expected is a user name, such as www-data, so put it in quotes: \"1001\"")]
    [InlineData("{node: a, selector: {systemdUnit: cart}}", "5:37 spec.selector.systemdUnit: \"cart\" is not right here; expected is a systemd unit with its suffix")]
    [InlineData("{node: a, selector: {executable: cart}}", "5:36 spec.selector.executable: \"cart\" is not right here; expected is an absolute path")]
    [InlineData("{node: a, selector: {executable: /usr/../bin/x}}", "5:36 spec.selector.executable: \"/usr/../bin/x\" is not right here")]
    [InlineData("{node: a, selector: {uid: 1}, ports: [{port: 80}]}", "5:41 spec.ports[0].name: the field is missing")]
    [InlineData("{node: a, selector: {uid: 1}, ports: [{name: 8080, port: 80}]}", "5:48 spec.ports[0].name: the number 8080 is not right here; expected is a port name")]
    [InlineData("{node: a, selector: {uid: 1}, ports: [{name: http, prot: http, port: 80}]}", "5:54 spec.ports[0].prot: a workload port has no such field; did you mean \"protocol\"? Known are name, port, protocol, address")]
    [InlineData("{node: a, selector: {uid: 1}, ports: [{name: a, port: 80, protocol: HTTP}]}", "5:71 spec.ports[0].protocol: \"HTTP\": no such value; did you mean \"http\"? Known are auto, tcp, http, http2, grpc, tls")]
    [InlineData("{node: a, selector: {uid: 1}, ports: [{name: a, port: 80}, {name: a, port: 81}]}", "5:69 spec.ports[1].name: the name a is ports[0]'s already")]
    [InlineData("{node: a, selector: {uid: 1}, ports: [{name: a, port: 80}, {name: b, port: 80}]}", "5:78 spec.ports[1].port: the port 80 is ports[0]'s already")]
    [InlineData("{node: a, selector: {uid: 1}, ports: [{name: a, port: 80, address: 0.0.0.0}]}", "5:70 spec.ports[0].address: \"0.0.0.0\": no connection can be made")]
    [InlineData("{node: a, selector: {uid: 1}, serviceAccount: A_b}", "5:49 spec.serviceAccount: \"A_b\" is not right here; expected is a DNS label")]
    [InlineData("{node: a, selector: {uid: 1}, healthCheck: {interval: 5s}}", "5:46 spec.healthCheck.tcp: the field is missing")]
    [InlineData("{node: a, selector: {uid: 1}, healthCheck: {tcp: {port: web}}}", "5:59 spec.healthCheck.tcp.port: no port of the workload is named web")]
    [InlineData("{node: a, selector: {uid: 1}, healthCheck: {interval: 10, tcp: {port: 1}}}", "5:57 spec.healthCheck.interval: the number 10 is not right here; expected is a duration such as 10s")]
    [InlineData("{node: a, selector: {uid: 1}, healthCheck: {interval: 1ms, tcp: {port: 1}}}", "5:57 spec.healthCheck.interval: the interval is too short")]
    [InlineData("{node: a, selector: {uid: 1}, healthCheck: {timeout: 2h, tcp: {port: 1}}}", "5:56 spec.healthCheck.timeout: the timeout is out of range")]
    [InlineData("{node: a, selector: {uid: 1}, healthCheck: {healthyThreshold: 0, tcp: {port: 1}}}", "5:65 spec.healthCheck.healthyThreshold: the number 0 is not right here; expected is a count, a whole number from 1 to 100")]
    [InlineData("{node: a, selector: {uid: 1}, healthCheck: {http: {path: /}, tcp: {port: 1}}}", "5:47 spec.healthCheck.http: a health check has no such field")]
    public void What_is_wrong_is_named_with_its_place(string spec, string expected) =>
        Given.AssertIssues([expected], Given.IssuesOf(Given.Document("Workload", spec)));
}
