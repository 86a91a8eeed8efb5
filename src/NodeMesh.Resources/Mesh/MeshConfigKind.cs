using NodeMesh.Resources.Schema;
using NodeMesh.Spiffe;

namespace NodeMesh.Resources.Mesh;

/// <summary>Declares <see cref="MeshConfig"/>.</summary>
internal static class MeshConfigKind
{
    // So that name.namespace.domain, with labels of 63, stays a DNS name.
    private const int MaxDomainLength = 125;

    private static readonly TrustDomain Blank = TrustDomain.Parse("blank");

    private static readonly ObjectSchema<EgressSettings> Egress = new("the egress settings", () => new EgressSettings(),
    [
        Fields.Optional(
            "mode",
            Choice.Of(("AllowAny", EgressMode.AllowAny), ("RegistryOnly", EgressMode.RegistryOnly)),
            (EgressSettings e) => e.Mode,
            (e, v) => e with { Mode = v }),
    ]);

    public static DeclaredKind<MeshConfig> Kind { get; } = new(
        "MeshConfig",
        metadata => new MeshConfig { Metadata = metadata, TrustDomain = Blank },
        [
            Fields.Required("trustDomain", Scalars.TrustDomain, (MeshConfig m) => m.TrustDomain, (m, v) => m with { TrustDomain = v }),
            Fields.Optional(
                "vipRanges",
                new ListSchema<System.Net.IPNetwork>(NetworkScalars.Network, atMost: 16, distinct: true),
                (MeshConfig m) => m.VipRanges,
                (m, v) => m with { VipRanges = v }),
            Fields.Optional("dnsDomain", Scalars.DnsName, (MeshConfig m) => m.DnsDomain, (m, v) => m with { DnsDomain = v }),
            Fields.Optional("egress", Egress, (MeshConfig m) => m.Egress, (m, v) => m with { Egress = v }),
            Fields.Optional(
                "unknownSources",
                Choice.Of(
                    ("OutsideOnly", UnknownSourcePolicy.OutsideOnly),
                    ("Plaintext", UnknownSourcePolicy.Plaintext),
                    ("Refuse", UnknownSourcePolicy.Refuse)),
                (MeshConfig m) => m.UnknownSources,
                (m, v) => m with { UnknownSources = v }),
            Fields.Optional("http", HttpSettingsSchema.Schema, (MeshConfig m) => m.Http, (m, v) => m with { Http = v }),
        ],
        isNamespaced: false,
        name: Scalars.Text($"\"{MeshConfig.SingletonName}\": there is one MeshConfig, and it has this name", text => text is MeshConfig.SingletonName),
        check: Check);

    private static void Check(MeshConfig mesh, FieldScope spec)
    {
        if (mesh.DnsDomain.Length > MaxDomainLength)
        {
            spec.Error("dnsDomain", $"the domain has {mesh.DnsDomain.Length} characters; at most {MaxDomainLength} leave room for service names");
        }

        for (var i = 0; i < mesh.VipRanges.Count; i++)
        {
            if (VipRangeText.ProblemOf(mesh.VipRanges[i]) is { } problem)
            {
                spec.Error($"vipRanges[{i}]", problem);
            }
        }
    }
}
