using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Tests.Configuration;

/// <summary>Short forms of resources for tests: two nodes, n1 (192.0.2.1, 2001:db8::1) and n2 (192.0.2.2).</summary>
internal static class TestMesh
{
    public static MeshConfig Config { get; } = new()
    {
        Metadata = ResourceMetadata.Global(MeshConfig.SingletonName),
        TrustDomain = TrustDomain.Parse("mesh.example"),
    };

    public static Node N1 { get; } = Node("n1", "192.0.2.1", "2001:db8::1");

    public static Node N2 { get; } = Node("n2", "192.0.2.2");

    public static Node Node(string name, params string[] addresses) =>
        new() { Metadata = ResourceMetadata.Global(name), Addresses = addresses.Select(IPAddress.Parse).ToValueList() };

    public static Workload Workload(string name, string node, params ushort[] ports) => new()
    {
        Metadata = ResourceMetadata.Of(name, "shop", Labels.Of(("app", name.Split('-')[0]))),
        Node = node,
        Selector = new ProcessSelector { SystemdUnit = name + ".service" },
        ServiceAccount = name.Split('-')[0],
        Ports = ports.Select(port => new WorkloadPort { Name = $"p{port}", Port = port }).ToValueList(),
    };

    public static Service Service(string name, ushort port, ushort target) => new()
    {
        Metadata = ResourceMetadata.Of(name, "shop"),
        Selector = Labels.Of(("app", name)),
        Ports = [new ServicePort { Port = port, TargetPort = new PortReference(target) }],
    };

    public static ServiceEntry Entry(string name, params string[] hosts) => new()
    {
        Metadata = ResourceMetadata.Of(name, "shop"),
        Hosts = hosts.ToValueList(),
        Ports = [new ServiceEntryPort { Port = 443 }],
    };

    public static MeshSnapshot Compile(MeshSnapshot? previous, params Resource[] resources) => Compile(previous, "n1", resources);

    public static MeshSnapshot Compile(MeshSnapshot? previous, string node, params Resource[] resources)
    {
        Resource[] all = [.. resources, .. new Resource[] { Config, N1, N2 }.Where(r => !Array.Exists(resources, own => own.Key == r.Key))];
        return SnapshotCompiler.Compile(ResourceSet.Create(all), node, previous, user => user == "known" ? 1234u : null);
    }

    public static IpEndpoint Address(string text)
    {
        Assert.True(IpEndpoint.TryParse(text, out var endpoint), text);
        return endpoint;
    }
}
