using System.Diagnostics.CodeAnalysis;

namespace NodeMesh.Spiffe;

/// <summary>The identities of the mesh's own programs, beside those of workloads, which all begin with <c>/ns/</c>.</summary>
public static class MeshIds
{
    private const string NodePrefix = "/nodemesh/node/";

    public static SpiffeId Controller(TrustDomain trustDomain) => SpiffeId.FromPath(trustDomain, "/nodemesh/controller");

    public static SpiffeId Node(TrustDomain trustDomain, string name) => SpiffeId.FromPath(trustDomain, NodePrefix + name);

    /// <summary>The node's name, where the identity is a node's.</summary>
    public static bool TryReadNode(SpiffeId id, [NotNullWhen(true)] out string? name)
    {
        name = id.Path.StartsWith(NodePrefix, StringComparison.Ordinal) ? id.Path[NodePrefix.Length..] : null;
        return name is not null;
    }
}
