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

    /// <summary>All of them, in the order in which a node asks: it must trust before it is told whom to talk to.</summary>
    public static IReadOnlyList<string> All { get; } = [TrustBundle, Resource];
}
