using System.Net;
using NodeMesh.Spiffe;

namespace NodeMesh.Resources.Mesh;

/// <summary>What holds for the whole mesh. There is exactly one, named <c>mesh</c>.</summary>
public sealed record MeshConfig : Resource
{
    /// <summary>The only name a MeshConfig may have.</summary>
    public const string SingletonName = "mesh";

    public override string Kind => "MeshConfig";

    /// <summary>The trust domain of every identity in this mesh.</summary>
    public required TrustDomain TrustDomain { get; init; }

    /// <summary>
    /// The ranges that virtual addresses of services come from; an IPv4 and an IPv6 service address is allocated from the first range of
    /// each family. The defaults can be on nobody's network: 240.0.0.0/4 is reserved and never routed (RFC 1112; Istio allocates from the
    /// same /16), and an fd00::/8 address ranks below IPv4 (RFC 6724), so hosts with half an IPv6 set-up keep using the IPv4 one.
    /// </summary>
    public ValueList<IPNetwork> VipRanges { get; init; } = DefaultVipRanges;

    /// <summary>Service names end in this: <c>cart.shop.mesh</c>. Without leading or trailing dot.</summary>
    public string DnsDomain { get; init; } = "mesh";

    public EgressSettings Egress { get; init; } = new();

    public UnknownSourcePolicy UnknownSources { get; init; }

    public HttpSettings Http { get; init; } = new();

    public static ValueList<IPNetwork> DefaultVipRanges { get; } = [IPNetwork.Parse("240.240.0.0/16"), IPNetwork.Parse("fd00:240::/64")];
}
