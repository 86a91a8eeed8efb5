using System.Net;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Checking;

/// <summary>
/// Something that a resource takes, names or can be found by: what one resource has to do with another always goes over an equal claim of both, or of
/// two kinds that are made of the same values. Immutable.
/// </summary>
/// <param name="Scope">The namespace or node within which it holds; empty for everywhere.</param>
internal readonly record struct Claim(ClaimKind Kind, string Scope, string Name = "", object? Value = null, int Number = 0)
{
    public static Claim MeshAddress(IPAddress address, ushort meshPort) => new(ClaimKind.MeshAddress, "", Value: address, Number: meshPort);

    public static Claim NodeAddress(IPAddress address) => new(ClaimKind.NodeAddress, "", Value: address);

    public static Claim OnNode(string node) => new(ClaimKind.OnNode, node);

    public static Claim Processes(Workload workload) => new(ClaimKind.Processes, workload.Node, Value: workload.Selector);

    /// <summary>Plaintext that arrives for the node can be told apart by the machine's own addresses, but not by loopback ones.</summary>
    public static Claim ListeningPort(string node, WorkloadPort port) =>
        new(ClaimKind.ListeningPort, node, Value: IPAddress.IsLoopback(port.Address) ? IPAddress.Loopback : port.Address, Number: port.Port);

    public static Claim Label(string @namespace, string name, string value) => new(ClaimKind.Label, @namespace, name, value);

    public static Claim Selection(string @namespace, string name, string value) => new(ClaimKind.Selection, @namespace, name, value);

    public static Claim GivenVip(IPAddress address) => new(ClaimKind.GivenVip, "", Value: address);

    public static Claim Hostname(string name) => new(ClaimKind.Hostname, "", name);

    public static Claim EntryHost(string name) => new(ClaimKind.EntryHost, "", name);

    public static Claim EntryPort(string host, ushort port) => new(ClaimKind.EntryPort, "", host, Number: port);

    public static Claim NamespaceWide(string @namespace) => new(ClaimKind.NamespaceWide, @namespace);

    /// <summary>Everything that a resource claims.</summary>
    public static IEnumerable<Claim> Of(Resource resource) => resource switch
    {
        Node node => Of(node),
        Workload workload => Of(workload),
        Service service => Of(service),
        ServiceEntry entry => Of(entry),
        WorkloadPolicy { Selector: { } selector } policy => [Selection(ScopeOf(policy), selector.MatchLabels)],
        PeerAuthentication authentication => [NamespaceWide(authentication.Namespace)],
        _ => [],
    };

    /// <summary>The namespace whose workloads a policy is about; empty for all.</summary>
    public static string ScopeOf(WorkloadPolicy policy) => policy.IsInRootNamespace ? "" : policy.Namespace;

    private static IEnumerable<Claim> Of(Node node)
    {
        foreach (var address in node.Addresses.AsEnumerable())
        {
            yield return MeshAddress(address, node.MeshPort);
            yield return NodeAddress(address);
        }
    }

    private static IEnumerable<Claim> Of(Workload workload)
    {
        yield return OnNode(workload.Node);
        yield return Processes(workload);
        foreach (var port in workload.Ports.AsEnumerable())
        {
            yield return ListeningPort(workload.Node, port);
        }

        foreach (var (name, value) in workload.Metadata.Labels)
        {
            yield return Label(workload.Namespace, name, value);
            yield return Label("", name, value);
        }
    }

    private static IEnumerable<Claim> Of(Service service)
    {
        if (service.Selector is { } selector)
        {
            yield return Selection(service.Namespace, selector);
        }

        foreach (var vip in service.Vips.AsEnumerable())
        {
            yield return GivenVip(vip);
        }

        foreach (var hostname in service.Hostnames.AsEnumerable())
        {
            yield return Hostname(hostname);
        }
    }

    private static IEnumerable<Claim> Of(ServiceEntry entry)
    {
        foreach (var host in entry.Hosts.AsEnumerable())
        {
            yield return EntryHost(host);
            foreach (var port in entry.Ports.AsEnumerable())
            {
                yield return EntryPort(host, port.Port);
            }
        }
    }

    /// <summary>A selector has at least one label; what it selects has that one among others.</summary>
    private static Claim Selection(string @namespace, Labels selector)
    {
        var (name, value) = selector.First();
        return Selection(@namespace, name, value);
    }
}
