using System.Net;
using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Nodes;

/// <summary>Declares <see cref="Node"/>.</summary>
internal static class NodeKind
{
    private static readonly ObjectSchema<Locality> Locality = new("a locality", () => new Locality(),
    [
        Fields.Optional("region", Scalars.LabelValue, (Locality l) => l.Region, (l, v) => l with { Region = v }),
        Fields.Optional("zone", Scalars.LabelValue, (Locality l) => l.Zone, (l, v) => l with { Zone = v }),
    ]);

    public static DeclaredKind<Node> Kind { get; } = new(
        "Node",
        metadata => new Node { Metadata = metadata, Addresses = [] },
        [
            Fields.Required(
                "addresses",
                new ListSchema<IPAddress>(NetworkScalars.UnicastAddress, atMost: 16, distinct: true),
                (Node n) => n.Addresses,
                (n, v) => n with { Addresses = v }),
            Fields.Optional("meshPort", NetworkScalars.Port, (Node n) => n.MeshPort, (n, v) => n with { MeshPort = v }),
            Fields.Optional("locality", Locality, (Node n) => n.Locality, (n, v) => n with { Locality = v }),
        ],
        isNamespaced: false,
        name: Scalars.DnsName);
}
