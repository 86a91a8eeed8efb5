using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Schema;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Loading;

/// <summary>Every kind this version reads. A new kind is declared in its folder and listed here.</summary>
internal static class KnownKinds
{
    public static IReadOnlyList<ResourceKind> All { get; } =
    [
        MeshConfigKind.Kind,
        NodeKind.Kind,
        WorkloadKind.Kind,
        ServiceKind.Kind,
        ServiceEntryKind.Kind,
        PeerAuthenticationKind.Kind,
        AuthorizationPolicyKind.Kind,
    ];

    public static ResourceKind? Find(string kind) => All.FirstOrDefault(known => string.Equals(known.Kind, kind, StringComparison.Ordinal));
}
