using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Authorization;

/// <summary>Declares <see cref="AuthorizationPolicy"/>.</summary>
internal static class AuthorizationPolicyKind
{
    private static readonly ScalarSchema<AuthorizationAction> Action = Choice.Of(
        [("ALLOW", AuthorizationAction.Allow), ("DENY", AuthorizationAction.Deny), ("AUDIT", AuthorizationAction.Audit)],
        refused: [("CUSTOM", "external authorization is not served by this version; the policy is refused rather than ignored; use ALLOW, DENY or AUDIT")]);

    public static DeclaredKind<AuthorizationPolicy> Kind { get; } = new(
        "AuthorizationPolicy",
        metadata => new AuthorizationPolicy { Metadata = metadata },
        [
            Fields.Optional("selector", SelectorSchema.Labels, (AuthorizationPolicy p) => p.Selector, (p, v) => p with { Selector = v }),
            Fields.Optional("action", Action, (AuthorizationPolicy p) => p.Action, (p, v) => p with { Action = v }),
            Fields.Optional("dryRun", Scalars.Boolean, (AuthorizationPolicy p) => p.DryRun, (p, v) => p with { DryRun = v }),
            Fields.Optional(
                "rules",
                new ListSchema<AuthorizationRule>(RuleSchema.Rule, atMost: 512),
                (AuthorizationPolicy p) => p.Rules,
                (p, v) => p with { Rules = v }),
        ],
        check: Check);

    private static void Check(AuthorizationPolicy policy, FieldScope spec)
    {
        if (policy is { Action: not AuthorizationAction.Allow, Rules.IsEmpty: true })
        {
            spec.Error("the policy has no rules and would never match; give rules, with {} for a rule that matches everything");
        }
    }
}
