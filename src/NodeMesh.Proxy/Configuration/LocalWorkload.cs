using System.Text;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Configuration;

/// <summary>A workload of this node, compiled: its identity, who may call it, and its ports. Immutable, part of one snapshot.</summary>
public sealed class LocalWorkload
{
    internal LocalWorkload(Workload resource, SpiffeId identity, Authorizer authorizer)
    {
        Resource = resource;
        Identity = identity;
        Authorizer = authorizer;
        FullName = $"{resource.Namespace}/{resource.Name}";
        FullNameText = Encoding.ASCII.GetBytes(FullName);
        IdentityText = Encoding.ASCII.GetBytes(identity.ToString());
    }

    public Workload Resource { get; }

    public SpiffeId Identity { get; }

    /// <summary>Judges connections to this workload.</summary>
    public Authorizer Authorizer { get; }

    /// <summary><c>namespace/name</c>.</summary>
    public string FullName { get; }

    /// <summary><see cref="FullName"/> as headers carry it.</summary>
    internal byte[] FullNameText { get; }

    /// <summary><see cref="Identity"/> as headers carry it.</summary>
    internal byte[] IdentityText { get; }

    /// <summary>The ports it serves; set once, while the snapshot is compiled.</summary>
    public IReadOnlyList<InboundPort> Ports { get; internal set; } = [];

    public override string ToString() => FullName;
}
