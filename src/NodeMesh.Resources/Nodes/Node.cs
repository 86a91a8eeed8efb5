using System.Net;

namespace NodeMesh.Resources.Nodes;

/// <summary>A machine of the mesh that runs nodemeshd. Stands outside namespaces.</summary>
public sealed record Node : Resource
{
    public const ushort DefaultMeshPort = 15008;

    public override string Kind => "Node";

    /// <summary>The addresses other machines reach this one by, the preferred one first. At least one.</summary>
    public required ValueList<IPAddress> Addresses { get; init; }

    /// <summary>The TCP port of the node's mesh listener.</summary>
    public ushort MeshPort { get; init; } = DefaultMeshPort;

    public Locality Locality { get; init; } = new();
}
