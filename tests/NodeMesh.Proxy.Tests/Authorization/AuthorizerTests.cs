using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Tests.Authorization;

public sealed class AuthorizerTests
{
    private static readonly SpiffeId Web = SpiffeId.Parse("spiffe://mesh.example/ns/shop/sa/web");
    private static readonly SpiffeId Batch = SpiffeId.Parse("spiffe://mesh.example/ns/jobs/sa/batch");
    private static readonly SpiffeId FreeForm = SpiffeId.Parse("spiffe://other.example/any/path/at/all");

    private static readonly Workload Orders = new()
    {
        Metadata = ResourceMetadata.Of("orders", "shop", Labels.Of(("app", "orders"))),
        Node = "n1",
        Selector = new ProcessSelector { Uid = 1 },
        ServiceAccount = "orders",
    };

    [Fact]
    public void Without_policies_everyone_is_allowed() =>
        Assert.Equal(new AuthorizationVerdict(true, AuthorizationReason.NoAllowPolicies), Judge(From(null)));

    [Fact]
    public void An_ALLOW_policy_lets_in_whom_it_names_and_nobody_else()
    {
        var policy = Allow(Rule(Principals(Web.ToString())));

        Assert.Equal(new AuthorizationVerdict(true, AuthorizationReason.AllowMatched, "shop/p", 0), Judge(From(Web), policy));
        Assert.Equal(new AuthorizationVerdict(false, AuthorizationReason.NoAllowMatched), Judge(From(Batch), policy));
        Assert.False(Judge(From(null), policy).Allowed);
    }

    [Fact]
    public void A_matching_DENY_wins_over_a_matching_ALLOW()
    {
        var verdict = Judge(From(Web), Allow(new AuthorizationRule()), Deny(Rule(Principals(Web.ToString()))) with { Metadata = Name("deny") });

        Assert.Equal(new AuthorizationVerdict(false, AuthorizationReason.DenyMatched, "shop/deny", 0), verdict);
    }

    [Fact]
    public void An_empty_spec_allows_nobody() => Assert.False(Judge(From(Web), Allow()).Allowed);

    [Fact]
    public void A_single_empty_rule_allows_everybody() => Assert.True(Judge(From(null), Allow(new AuthorizationRule())).Allowed);

    [Fact]
    public void A_DENY_without_rules_denies_nobody() => Assert.True(Judge(From(null), Deny()).Allowed);

    [Fact]
    public void A_DENY_with_an_empty_rule_denies_everybody() => Assert.False(Judge(From(Web), Deny(new AuthorizationRule())).Allowed);

    [Fact]
    public void From_to_and_when_must_all_match()
    {
        var policy = Allow(new AuthorizationRule
        {
            From = [Principals(Web.ToString())],
            To = [new AuthorizationOperation { Ports = [8080] }],
            When = [Condition(ConditionAttribute.SourceIp) with { Networks = [IPNetwork.Parse("10.0.0.0/8")] }],
        });

        Assert.True(Judge(From(Web, "10.1.2.3", 8080), policy).Allowed);
        Assert.False(Judge(From(Batch, "10.1.2.3", 8080), policy).Allowed);
        Assert.False(Judge(From(Web, "10.1.2.3", 8081), policy).Allowed);
        Assert.False(Judge(From(Web, "11.1.2.3", 8080), policy).Allowed);
    }

    [Fact]
    public void The_rule_that_matched_is_told() =>
        Assert.Equal(1, Judge(From(Web), Allow(Rule(Principals("spiffe://x/y")), Rule(Principals(Web.ToString())))).RuleIndex);

    // Traps.
    [Fact]
    public void A_DENY_rule_with_only_HTTP_fields_denies_all_TCP_traffic()
    {
        Assert.False(Judge(From(Web), Deny(new AuthorizationRule { To = [new AuthorizationOperation { Paths = ["/admin"] }] })).Allowed);
        Assert.False(Judge(From(Web), Deny(new AuthorizationRule { To = [new AuthorizationOperation { NotMethods = Patterns("GET") }] })).Allowed);
        Assert.False(Judge(
            From(Web), Deny(new AuthorizationRule { When = [Condition(ConditionAttribute.RequestHeader) with { Values = Patterns("x") }] })).Allowed);
        Assert.False(Judge(From(Web), Deny(Rule(new AuthorizationSource { NotRequestPrincipals = Patterns("*") }))).Allowed);
    }

    [Fact]
    public void A_DENY_rule_still_judges_its_TCP_fields_beside_the_HTTP_ones()
    {
        var policy = Deny(new AuthorizationRule
        {
            From = [Principals(Web.ToString())],
            To = [new AuthorizationOperation { Paths = ["/admin"], Ports = [80] }],
        });

        Assert.False(Judge(From(Web, port: 80), policy).Allowed);
        Assert.True(Judge(From(Batch, port: 80), policy).Allowed);
        Assert.True(Judge(From(Web, port: 81), policy).Allowed);
    }

    [Fact]
    public void An_ALLOW_rule_with_an_HTTP_field_anywhere_never_matches_TCP()
    {
        Assert.False(Judge(From(Web), Allow(new AuthorizationRule { To = [new AuthorizationOperation { Methods = Patterns("GET") }] })).Allowed);
        Assert.False(Judge(From(Web), Allow(new AuthorizationRule { To = [new AuthorizationOperation { NotPaths = ["/admin"] }] })).Allowed);
        Assert.False(Judge(
            From(Web),
            Allow(Rule(Principals(Web.ToString()), new AuthorizationSource { RemoteIpBlocks = [IPNetwork.Parse("0.0.0.0/0")] }))).Allowed);
        Assert.False(Judge(
            From(Web),
            Allow(new AuthorizationRule { When = [Condition(ConditionAttribute.RequestAuthClaim) with { NotValues = Patterns("x") }] })).Allowed);
    }

    [Fact]
    public void Another_rule_of_the_same_ALLOW_policy_can_still_match() =>
        Assert.True(Judge(
            From(Web),
            Allow(new AuthorizationRule { To = [new AuthorizationOperation { Methods = Patterns("GET") }] }, Rule(Principals(Web.ToString())))).Allowed);

    [Fact]
    public void A_peer_without_identity_is_not_allowed_in_by_a_not_list()
    {
        Assert.False(Judge(From(null), Allow(Rule(new AuthorizationSource { NotPrincipals = Patterns(Batch.ToString()) }))).Allowed);
        Assert.False(Judge(From(null), Allow(Rule(new AuthorizationSource { NotNamespaces = Patterns("jobs") }))).Allowed);
        Assert.False(Judge(From(null), Allow(Rule(new AuthorizationSource { NotTrustDomains = Patterns("other.example") }))).Allowed);
        Assert.False(Judge(From(null), Allow(Rule(new AuthorizationSource { NotServiceAccounts = [new("jobs", "batch")] }))).Allowed);
        Assert.False(Judge(
            From(null), Allow(new AuthorizationRule { When = [Condition(ConditionAttribute.SourcePrincipal) with { NotValues = Patterns("x") }] })).Allowed);
        Assert.False(Judge(
            From(null), Allow(new AuthorizationRule { When = [Condition(ConditionAttribute.ConnectionSni) with { NotValues = Patterns("x") }] })).Allowed);
    }

    [Fact]
    public void A_peer_without_identity_does_not_escape_a_DENY_of_all_but_some()
    {
        Assert.False(Judge(From(null), Deny(Rule(new AuthorizationSource { NotPrincipals = Patterns(Web.ToString()) }))).Allowed);
        Assert.False(Judge(From(null), Deny(Rule(new AuthorizationSource { NotPrincipals = Patterns("*") }))).Allowed);
        Assert.False(Judge(From(null), Deny(Rule(new AuthorizationSource { NotNamespaces = Patterns("shop") }))).Allowed);
        Assert.True(Judge(From(Web), Deny(Rule(new AuthorizationSource { NotPrincipals = Patterns("*") }))).Allowed);
    }

    [Fact]
    public void A_peer_whose_ID_has_no_namespace_is_in_no_namespace_and_not_outside_one_either()
    {
        Assert.False(Judge(From(FreeForm), Allow(Rule(new AuthorizationSource { Namespaces = Patterns("*") }))).Allowed);
        Assert.False(Judge(From(FreeForm), Allow(Rule(new AuthorizationSource { NotNamespaces = Patterns("jobs") }))).Allowed);
        Assert.False(Judge(From(FreeForm), Deny(Rule(new AuthorizationSource { NotNamespaces = Patterns("shop") }))).Allowed);
    }

    [Fact]
    public void A_positive_list_never_matches_a_peer_without_identity()
    {
        Assert.False(Judge(From(null), Allow(Rule(Principals("*")))).Allowed);
        Assert.True(Judge(From(null), Deny(Rule(Principals("*")))).Allowed);
    }

    [Theory]
    [InlineData("spiffe://mesh.example/ns/shop/sa/web", true)]
    [InlineData("spiffe://mesh.example/ns/shop/*", true)]
    [InlineData("spiffe://mesh.example/*", true)]
    [InlineData("spiffe://*", true)]
    [InlineData("*/sa/web", true)]
    [InlineData("*", true)]
    [InlineData("SPIFFE://Mesh.Example/ns/shop/sa/web", true)]
    [InlineData("spiffe://MESH.example/ns/shop/*", true)]
    [InlineData("spiffe://mesh.example/ns/Shop/*", false)]
    [InlineData("spiffe://mesh.example/ns/shop/sa/we", false)]
    [InlineData("spiffe://mesh.example/ns/jobs/*", false)]
    [InlineData("*/sa/batch", false)]
    public void Wildcards_match_SPIFFE_IDs(string pattern, bool matches)
    {
        Assert.Equal(matches, Judge(From(Web), Allow(Rule(Principals(pattern)))).Allowed);
        Assert.Equal(!matches, Judge(From(Web), Deny(Rule(Principals(pattern)))).Allowed);
    }

    [Fact]
    public void Addresses_match_in_either_family_and_in_mapped_form()
    {
        var four = Allow(Rule(new AuthorizationSource { IpBlocks = [IPNetwork.Parse("192.0.2.0/24")] }));
        var six = Allow(Rule(new AuthorizationSource { IpBlocks = [IPNetwork.Parse("2001:db8::/32")] }));
        var all = Allow(Rule(new AuthorizationSource { IpBlocks = [IPNetwork.Parse("0.0.0.0/0")] }));

        Assert.True(Judge(From(null, "192.0.2.200"), four).Allowed);
        Assert.True(Judge(From(null, "::ffff:192.0.2.200"), four).Allowed);
        Assert.False(Judge(From(null, "192.0.3.1"), four).Allowed);
        Assert.True(Judge(From(null, "2001:db8:ffff::1"), six).Allowed);
        Assert.False(Judge(From(null, "192.0.2.1"), six).Allowed);
        Assert.False(Judge(From(null, "2001:db8::1"), all).Allowed);
        Assert.False(Judge(From(null, "192.0.2.1"), Allow(Rule(new AuthorizationSource { IpBlocks = [IPNetwork.Parse("::/0")] }))).Allowed);
    }

    [Theory]
    [InlineData("web", true)]
    [InlineData("shop/web", true)]
    [InlineData("shop/*", true)]
    [InlineData("w*", true)]
    [InlineData("*/web", true)]
    [InlineData("*", true)]
    [InlineData("jobs/web", false)]
    [InlineData("batch", false)]
    public void A_service_account_condition_defaults_to_the_policy_namespace(string pattern, bool matches) => Assert.Equal(
        matches,
        Judge(
            From(Web),
            Allow(new AuthorizationRule { When = [Condition(ConditionAttribute.SourceServiceAccount) with { Values = Patterns(pattern) }] })).Allowed);

    [Fact]
    public void A_service_account_of_a_source_defaults_to_the_policy_namespace()
    {
        Assert.True(Judge(From(Web), Allow(Rule(new AuthorizationSource { ServiceAccounts = [new(null, "web")] }))).Allowed);
        Assert.False(Judge(From(Batch), Allow(Rule(new AuthorizationSource { ServiceAccounts = [new(null, "batch")] }))).Allowed);
        Assert.True(Judge(From(Batch), Allow(Rule(new AuthorizationSource { ServiceAccounts = [new("jobs", "batch")] }))).Allowed);
    }

    [Fact]
    public void AUDIT_never_decides()
    {
        var audit = Policy(AuthorizationAction.Audit, new AuthorizationRule());
        var decision = Authorizer.Compile([audit], Orders).Authorize(From(Web));

        Assert.Equal(AuthorizationReason.NoAllowPolicies, decision.Reason);
        Assert.Equal("shop/p", decision.Audit);
    }

    [Fact]
    public void A_dry_run_tells_what_it_would_do_and_does_nothing()
    {
        var deny = Deny(new AuthorizationRule()) with { DryRun = true };
        var decision = Authorizer.Compile([deny], Orders).Authorize(From(Web));
        Assert.True(decision.Allowed);
        Assert.Equal(new AuthorizationVerdict(false, AuthorizationReason.DenyMatched, "shop/p", 0), decision.DryRun);

        var allow = Allow(Rule(Principals(Web.ToString()))) with { DryRun = true };
        var allowing = Authorizer.Compile([allow], Orders);
        Assert.True(allowing.Authorize(From(Batch)).Allowed);
        Assert.False(allowing.Authorize(From(Batch)).DryRun!.Value.Allowed);
        Assert.True(allowing.Authorize(From(Web)).DryRun!.Value.Allowed);
        Assert.Null(Authorizer.Compile([], Orders).Authorize(From(Web)).DryRun);
    }

    [Fact]
    public void Only_policies_that_select_the_workload_count()
    {
        var other = Deny(new AuthorizationRule()) with { Selector = new LabelSelector { MatchLabels = Labels.Of(("app", "other")) } };
        var elsewhere = Deny(new AuthorizationRule()) with { Metadata = ResourceMetadata.Of("p", "jobs") };
        var everywhere = Deny(new AuthorizationRule()) with { Metadata = ResourceMetadata.Of("p", WorkloadPolicy.RootNamespace) };

        Assert.True(Judge(From(Web), other, elsewhere).Allowed);
        Assert.Equal("nodemesh-system/p", Judge(From(Web), other, elsewhere, everywhere).Policy);
    }

    [Fact]
    public void What_could_not_be_resolved_denies() =>
        Assert.Equal(new AuthorizationVerdict(false, AuthorizationReason.Unresolved), Authorizer.DenyAll.Authorize(From(Web)).Verdict);

    [Fact]
    public void The_trace_says_of_every_policy_why_it_did_or_did_not_match()
    {
        var trace = Authorizer.Compile(
            [
                Deny(Rule(Principals(Batch.ToString()))) with { Metadata = Name("a-deny") },
                Allow(new AuthorizationRule { From = [Principals(Web.ToString())], To = [new AuthorizationOperation { Ports = [81] }] })
                    with { Metadata = Name("b-port") },
                Allow() with { Metadata = Name("c-nobody") },
                Allow(new AuthorizationRule { To = [new AuthorizationOperation { Methods = Patterns("GET") }] }) with { Metadata = Name("d-http") },
                Allow(Rule(Principals(Web.ToString()))) with { Metadata = Name("e-web") },
            ],
            Orders).Explain(From(Web, port: 80));

        Assert.Equal("shop/e-web", trace.Decision.Policy);
        string[] expected =
        [
            "DENY policy shop/a-deny did not match: rule 0 failed on principals",
            "ALLOW policy shop/b-port did not match: rule 0 failed on ports",
            "ALLOW policy shop/c-nobody has no rules, so it matches nothing",
            "ALLOW policy shop/d-http did not match: rule 0 failed on an HTTP field, which TCP traffic does not have",
            "ALLOW policy shop/e-web matched by rule 0",
        ];
        Assert.Equal(expected, trace.Policies.Select(policy => policy.Explanation), StringComparer.Ordinal);
    }

    [Fact]
    public void Judging_allocates_nothing()
    {
        var authorizer = Authorizer.Compile(
            [
                Deny(Rule(new AuthorizationSource { NotTrustDomains = Patterns("mesh.example"), NotServiceAccounts = [new("a", "b")] })),
                Allow(new AuthorizationRule
                {
                    From = [Principals("spiffe://x/y", "spiffe://mesh.example/ns/shop/*")],
                    When =
                    [
                        Condition(ConditionAttribute.SourceServiceAccount) with { Values = Patterns("shop/w*") },
                        Condition(ConditionAttribute.SourceIp) with { NotNetworks = [IPNetwork.Parse("2001:db8::/32")] },
                    ],
                }) with { DryRun = true, Metadata = Name("q") },
            ],
            Orders);
        var facts = From(Web);
        Assert.False(authorizer.Authorize(From(FreeForm)).DryRun!.Value.Allowed);
        Assert.True(authorizer.Authorize(facts).DryRun!.Value.Allowed);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            authorizer.Authorize(facts);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static AuthorizationVerdict Judge(in ConnectionFacts facts, params AuthorizationPolicy[] policies) =>
        Authorizer.Compile(policies, Orders).Authorize(facts).Verdict;

    private static ConnectionFacts From(SpiffeId? peer, string source = "192.0.2.1", ushort port = 80) =>
        new(peer, IpEndpoint.From(IPAddress.Parse(source), 40000), IpEndpoint.From(IPAddress.Parse("192.0.2.9"), port));

    private static AuthorizationPolicy Allow(params AuthorizationRule[] rules) => Policy(AuthorizationAction.Allow, rules);

    private static AuthorizationPolicy Deny(params AuthorizationRule[] rules) => Policy(AuthorizationAction.Deny, rules);

    private static AuthorizationPolicy Policy(AuthorizationAction action, params AuthorizationRule[] rules) =>
        new() { Metadata = Name("p"), Action = action, Rules = rules.ToValueList() };

    private static ResourceMetadata Name(string name) => ResourceMetadata.Of(name, "shop");

    private static AuthorizationRule Rule(params AuthorizationSource[] from) => new() { From = from.ToValueList() };

    private static AuthorizationSource Principals(params string[] patterns) => new() { Principals = Patterns(patterns) };

    private static AuthorizationCondition Condition(ConditionAttribute attribute) =>
        new() { Key = new ConditionKey(attribute, attribute is ConditionAttribute.RequestHeader or ConditionAttribute.RequestAuthClaim ? ["x"] : []) };

    private static ValueList<StringPattern> Patterns(params string[] patterns) => patterns.Select(text =>
    {
        Assert.True(StringPattern.TryParse(text, out var pattern));
        return pattern;
    }).ToValueList();
}
