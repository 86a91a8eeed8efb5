using NodeMesh.Xds.Protocol;

namespace NodeMesh.Xds;

/// <summary>The types of resources that a controller distributes, by their names on the wire.</summary>
public static class TypeUrls
{
    private const string Prefix = "type.googleapis.com/";

    /// <summary>A resource of the mesh: <see cref="ResourceDocument"/>, named as <see cref="ResourceName"/> says.</summary>
    public static string Resource { get; } = Prefix + ResourceDocument.Descriptor.FullName;

    /// <summary>The authorities of a trust domain: <see cref="Protocol.TrustBundle"/>, named as the trust domain.</summary>
    public static string TrustBundle { get; } = Prefix + Protocol.TrustBundle.Descriptor.FullName;

    /// <summary>How the workloads of a node are: <see cref="Protocol.NodeHealth"/>, named as the node.</summary>
    public static string NodeHealth { get; } = Prefix + Protocol.NodeHealth.Descriptor.FullName;
}
