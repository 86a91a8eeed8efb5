using System.Net;
using System.Net.Sockets;
using System.Text;
using NodeMesh.Daemon.Health;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Tests.Health;

/// <summary>Who of this machine's workloads serves, by what the kernel says of real sockets.</summary>
public sealed class LocalHealthTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("127.0.0.1", "0.0.0.0")]
    public void A_port_is_dead_at_the_second_look_at_which_nobody_listens_and_serves_again_at_once(string declared, string listened)
    {
        using var first = Listen(listened, 0);
        var port = ((IPEndPoint)first.LocalEndpoint).Port;
        using var health = new LocalHealth(() => Snapshot(declared, port));
        Assert.Empty(health.Look());
        first.Stop();
        Assert.Empty(health.Look());
        Assert.Equal(("shop", "cart", port), Assert.Single(health.Look()) is var dead ? (dead.Namespace, dead.Workload, dead.Port) : default);
        using var second = Listen(listened, port);
        Assert.Empty(health.Look());
    }

    [Fact]
    public void Where_nobody_was_ever_seen_an_address_that_is_not_loopback_may_be_another_namespaces()
    {
        using var health = new LocalHealth(() => Snapshot("192.0.2.77", 8080));
        for (var look = 0; look < 5; look++)
        {
            Assert.Empty(health.Look());
        }
    }

    [Fact]
    public void Before_there_is_a_configuration_nothing_is_dead()
    {
        using var health = new LocalHealth(() => null);
        Assert.Empty(health.Look());
    }

    private static TcpListener Listen(string address, int port)
    {
        var listener = new TcpListener(IPAddress.Parse(address), port);
        listener.Start();
        return listener;
    }

    private static MeshSnapshot Snapshot(string address, int port)
    {
        var load = ResourceLoader.Load([new ResourceFile("mesh.yaml", Encoding.UTF8.GetBytes($$"""
            apiVersion: nodemesh.io/v1
            kind: MeshConfig
            metadata: { name: mesh }
            spec: { trustDomain: test.example }
            ---
            apiVersion: nodemesh.io/v1
            kind: Node
            metadata: { name: web-1 }
            spec: { addresses: [192.0.2.1] }
            ---
            apiVersion: nodemesh.io/v1
            kind: Workload
            metadata: { name: cart, namespace: shop }
            spec: { node: web-1, selector: { uid: 1001 }, ports: [{ name: http, port: {{port}}, address: "{{address}}" }] }
            """))]);
        return SnapshotCompiler.Compile(load.Set!, "web-1", null, _ => null);
    }
}
