using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Authentication;

/// <summary>Declares <see cref="PeerAuthentication"/>.</summary>
internal static class PeerAuthenticationKind
{
    private static readonly ScalarSchema<PeerAuthenticationMode> Mode = Choice.Of(
        ("STRICT", PeerAuthenticationMode.Strict),
        ("PERMISSIVE", PeerAuthenticationMode.Permissive),
        ("DISABLE", PeerAuthenticationMode.Disable));

    private static readonly ObjectSchema<PeerAuthentication> Mtls = new("the mtls settings", Blank,
    [
        Fields.Required(
            "mode",
            new NullableSchema<PeerAuthenticationMode>(Mode),
            (PeerAuthentication p) => p.Mode,
            (p, v) => p with { Mode = v }),
    ]);

    private static readonly ObjectSchema<PortAuthentication> PortMode = new(
        "the mode of a port",
        () => new PortAuthentication { Port = 0, Mode = default },
        [Fields.Required("mode", Mode, (PortAuthentication p) => p.Mode, (p, v) => p with { Mode = v })]);

    public static DeclaredKind<PeerAuthentication> Kind { get; } = new(
        "PeerAuthentication",
        metadata => new PeerAuthentication { Metadata = metadata },
        [
            Fields.Optional("selector", SelectorSchema.Labels, (PeerAuthentication p) => p.Selector, (p, v) => p with { Selector = v }),
            Fields.OptionalGroup("mtls", Mtls),
            Fields.Optional("portLevelMtls", new PortLevelSchema(PortMode), (PeerAuthentication p) => p.PortLevel, (p, v) => p with { PortLevel = v }),
        ],
        check: Check);

    private static PeerAuthentication Blank() => new() { Metadata = ResourceMetadata.Of("nameless") };

    private static void Check(PeerAuthentication authentication, FieldScope spec)
    {
        if (authentication is { Mode: null, PortLevel.IsEmpty: true })
        {
            spec.Error("nothing is said; give mtls.mode or portLevelMtls");
        }

        if (authentication is { Selector: null, PortLevel.IsEmpty: false })
        {
            spec.Error("portLevelMtls", "ports belong to workloads; give a selector, or leave portLevelMtls out");
        }
    }
}
