using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Microbench.Environments;

/// <summary>
/// A mesh of a thousand services with three instances each, one of them on the node it is compiled for, and policies for the first.
/// </summary>
internal static class BenchMesh
{
    public const int Services = 1000;

    private const int Policies = 20;

    public static MeshSnapshot Compile()
    {
        var resources = new List<Resource>
        {
            new MeshConfig { Metadata = ResourceMetadata.Global(MeshConfig.SingletonName), TrustDomain = TrustDomain.Parse("bench.example") },
        };
        for (var node = 1; node <= 3; node++)
        {
            resources.Add(new Node { Metadata = ResourceMetadata.Global(Text($"n{node}")), Addresses = [IPAddress.Parse(Text($"192.0.2.{node}"))] });
        }

        for (var i = 0; i < Services; i++)
        {
            AddService(resources, i);
        }

        for (var i = 0; i < Policies; i++)
        {
            resources.Add(CreatePolicy(i));
        }

        return SnapshotCompiler.Compile(ResourceSet.Create(resources), "n1", previous: null, _ => null);
    }

    private static void AddService(List<Resource> resources, int number)
    {
        var name = Text($"s{number}");
        var labels = Labels.Of(("app", name));
        resources.Add(new Service
        {
            Metadata = ResourceMetadata.Of(name),
            Selector = labels,
            Ports = [new ServicePort { Port = 80, TargetPort = new PortReference((ushort)(10_000 + number)) }],
        });
        for (var node = 1; node <= 3; node++)
        {
            resources.Add(new Workload
            {
                Metadata = ResourceMetadata.Of(Text($"{name}-{node}"), labels: labels),
                Node = Text($"n{node}"),
                Selector = new ProcessSelector { Uid = (uint)(20_000 + number) },
                ServiceAccount = name,
                Ports = [new WorkloadPort { Name = "tcp", Port = (ushort)(10_000 + number) }],
            });
        }
    }

    // Only the last lets s1 in, so that all are looked at.
    private static AuthorizationPolicy CreatePolicy(int number) => new()
    {
        Metadata = ResourceMetadata.Of(Text($"p{number}")),
        Selector = new LabelSelector { MatchLabels = Labels.Of(("app", "s0")) },
        Rules = [new AuthorizationRule { From = [new AuthorizationSource { ServiceAccounts = [new ServiceAccountReference(null, Text($"s{Policies - number}"))] }] }],
    };

    private static string Text(ref DefaultInterpolatedStringHandler text) => string.Create(CultureInfo.InvariantCulture, ref text);
}
