using System.Net;
using NodeMesh.Resources.Authorization;

namespace NodeMesh.Resources.Tests;

public sealed class AuthorizationPolicyTests
{
    [Fact]
    public void An_empty_spec_allows_and_has_no_rules()
    {
        var policy = Given.Read<AuthorizationPolicy>(Given.Document("AuthorizationPolicy", "{}"));

        Assert.Equal(AuthorizationAction.Allow, policy.Action);
        Assert.Empty(policy.Rules);
        Assert.Null(policy.Selector);
        Assert.False(policy.DryRun);
    }

    [Fact]
    public void A_rule_of_nothing_is_one_rule() =>
        Assert.Equal(new AuthorizationRule(), Assert.Single(Given.Read<AuthorizationPolicy>(Given.Document("AuthorizationPolicy", "rules: [{}]")).Rules));

    [Fact]
    public void Every_field_is_read()
    {
        var policy = Given.Read<AuthorizationPolicy>(Given.Document("AuthorizationPolicy", """
            selector: {matchLabels: {app: cart}}
            action: DENY
            dryRun: true
            rules:
            - from:
              - source:
                  principals: ["spiffe://example.org/ns/shop/sa/web", "*/sa/admin", "spiffe://example.org/*", "*"]
                  notPrincipals: ["spiffe://example.org/ns/shop/sa/old"]
                  requestPrincipals: ["https://issuer.example/*"]
                  notRequestPrincipals: ["*/guest"]
                  namespaces: [shop]
                  notNamespaces: ["test-*"]
                  serviceAccounts: [web, billing/worker]
                  notServiceAccounts: [old]
                  trustDomains: [example.org]
                  notTrustDomains: ["*.test"]
                  ipBlocks: [10.0.0.0/8, 192.0.2.7]
                  notIpBlocks: ["2001:db8::/32"]
                  remoteIpBlocks: [203.0.113.0/24]
                  notRemoteIpBlocks: [203.0.113.9]
              to:
              - operation:
                  hosts: ["*.example.org"]
                  notHosts: [old.example.org]
                  ports: ["8080", 9090]
                  notPorts: ["22"]
                  methods: [GET, "P*"]
                  notMethods: [DELETE]
                  paths: [/a, "/a*", "*/z", "*", "/v/{*}/x/{**}"]
                  notPaths: [/admin]
              when:
              - {key: "request.headers[X-Team]", values: [a, "b*"]}
              - {key: "request.auth.claims[realm][role]", notValues: [guest]}
              - {key: source.ip, values: [10.0.0.0/8], notValues: [10.1.0.0/16]}
              - {key: destination.port, values: ["8080", 9090]}
              - {key: connection.sni, values: [cart.example.org]}
            """));

        Assert.Equal(AuthorizationAction.Deny, policy.Action);
        Assert.True(policy.DryRun);
        var rule = Assert.Single(policy.Rules);
        var source = Assert.Single(rule.From);
        Assert.Equal(
            [
                new StringPattern(StringPatternKind.Exact, "spiffe://example.org/ns/shop/sa/web"),
                new StringPattern(StringPatternKind.Suffix, "/sa/admin"),
                new StringPattern(StringPatternKind.Prefix, "spiffe://example.org/"),
                new StringPattern(StringPatternKind.Present, ""),
            ],
            source.Principals);
        Assert.Equal([new ServiceAccountReference(null, "web"), new ServiceAccountReference("billing", "worker")], source.ServiceAccounts);
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("192.0.2.7/32")], source.IpBlocks);
        Assert.All(
            [source.NotPrincipals, source.RequestPrincipals, source.NotRequestPrincipals, source.Namespaces, source.NotNamespaces, source.TrustDomains, source.NotTrustDomains],
            list => Assert.Single(list));
        Assert.True(source.NeedsHttp);
        Assert.Equal([IPNetwork.Parse("203.0.113.9/32")], source.NotRemoteIpBlocks);

        var operation = Assert.Single(rule.To);
        Assert.Equal([(ushort)8080, (ushort)9090], operation.Ports);
        Assert.Equal([(ushort)22], operation.NotPorts);
        Assert.Equal(["/a", "/a*", "*/z", "*", "/v/{*}/x/{**}"], operation.Paths);
        Assert.True(operation.NeedsHttp);

        Assert.Equal(new ConditionKey(ConditionAttribute.RequestHeader, ["x-team"]), rule.When[0].Key);
        Assert.Equal(new ConditionKey(ConditionAttribute.RequestAuthClaim, ["realm", "role"]), rule.When[1].Key);
        Assert.Equal([IPNetwork.Parse("10.1.0.0/16")], rule.When[2].NotNetworks);
        Assert.Equal([(ushort)8080, (ushort)9090], rule.When[3].Ports);
        Assert.Equal([true, true, false, false, false], rule.When.AsEnumerable().Select(condition => condition.NeedsHttp));
    }

    [Theory]
    [InlineData("action: CUSTOM", "5:11 spec.action: \"CUSTOM\": external authorization is not served by this version; the policy is refused rather than ignored")]
    [InlineData("action: Allow", "5:11 spec.action: \"Allow\": no such value; did you mean \"ALLOW\"? Known are ALLOW, DENY, AUDIT")]
    [InlineData("action: DENY", "5:3 spec: the policy has no rules and would never match")]
    [InlineData("dryRun: yes", "5:11 spec.dryRun: \"yes\" is not right here; expected is true or false")]
    [InlineData("dryRun: \"true\"", "5:11 spec.dryRun: \"true\" is text; expected is true or false, so write it without quotes")]
    [InlineData("rules: []", "5:10 spec.rules: the list is empty")]
    [InlineData("rules:", "5:9 spec.rules: the field is given without a value")]
    [InlineData("rules: [{from: }]", "5:18 spec.rules[0].from: the field is given without a value")]
    [InlineData("rules: [{from: []}]", "5:18 spec.rules[0].from: the list is empty")]
    [InlineData("rules: [{from: [{}]}]", "5:19 spec.rules[0].from[0].source: the field is missing")]
    [InlineData("rules: [{from: [{source: {}}]}]", "5:28 spec.rules[0].from[0].source: the source is empty and would match every caller")]
    [InlineData("rules: [{to: [{operation: {}}]}]", "5:29 spec.rules[0].to[0].operation: the operation is empty and would match everything")]
    [InlineData("rules: [{from: [{source: {principals: []}}]}]", "5:41 spec.rules[0].from[0].source.principals: the list is empty")]
    [InlineData("rules: [{from: [{source: {principal: [a]}}]}]", "5:29 spec.rules[0].from[0].source.principal: a source has no such field; did you mean \"principals\"?")]
    [InlineData("rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/b]}}]}]", "5:42 spec.rules[0].from[0].source.principals[0]: \"cluster.local/ns/a/sa/b\": principals are whole SPIFFE IDs; write spiffe://cluster.local/ns/a/sa/b")]
    [InlineData("rules: [{from: [{source: {principals: [\"spiffe://a/b c\"]}}]}]", "5:42 spec.rules[0].from[0].source.principals[0]: \"spiffe://a/b c\"")]
    [InlineData("rules: [{from: [{source: {principals: [spiffe://Example.org/a]}}]}]", "5:42 spec.rules[0].from[0].source.principals[0]: \"spiffe://Example.org/a\": SPIFFE IDs have their trust domain in lower case; write spiffe://example.org/a")]
    [InlineData("rules: [{from: [{source: {principals: [\"spiffe://a/*/b\"]}}]}]", "5:42 spec.rules[0].from[0].source.principals[0]: \"spiffe://a/*/b\": a star may stand only at the beginning or at the end")]
    [InlineData("rules: [{from: [{source: {namespaces: [Shop]}}]}]", "5:42 spec.rules[0].from[0].source.namespaces[0]: \"Shop\": a namespace is a DNS label")]
    [InlineData("rules: [{from: [{source: {serviceAccounts: [a/b/c]}}]}]", "5:47 spec.rules[0].from[0].source.serviceAccounts[0]: \"a/b/c\" is not right here; expected is a service account")]
    [InlineData("rules: [{from: [{source: {ipBlocks: [10.0.0.5/8]}}]}]", "5:40 spec.rules[0].from[0].source.ipBlocks[0]: \"10.0.0.5/8\": the address has bits set beyond its prefix")]
    [InlineData("rules: [{to: [{operation: {ports: [http]}}]}]", "5:38 spec.rules[0].to[0].operation.ports[0]: \"http\" is not right here; expected is a port")]
    [InlineData("rules: [{to: [{operation: {methods: [get]}}]}]", "5:40 spec.rules[0].to[0].operation.methods[0]: \"get\": methods are upper-case words; write GET")]
    [InlineData("rules: [{to: [{operation: {hosts: [\"a:80\"]}}]}]", "5:38 spec.rules[0].to[0].operation.hosts[0]: \"a:80\": hosts are compared without port")]
    [InlineData("rules: [{to: [{operation: {paths: [a]}}]}]", "5:38 spec.rules[0].to[0].operation.paths[0]: \"a\" is not right here; expected is a path beginning with '/'")]
    [InlineData("rules: [{to: [{operation: {paths: [\"/a/{**}/b\"]}}]}]", "5:38 spec.rules[0].to[0].operation.paths[0]: \"/a/{**}/b\" is not right here")]
    [InlineData("rules: [{when: [{key: source.ip}]}]", "5:19 spec.rules[0].when[0]: the condition compares with nothing; give values or notValues")]
    [InlineData("rules: [{when: [{key: source.namespaces, values: [a]}]}]", "5:25 spec.rules[0].when[0].key: \"source.namespaces\": no such attribute; did you mean \"source.namespace\"?")]
    [InlineData("rules: [{when: [{key: \"request.headers[]\", values: [a]}]}]", "5:25 spec.rules[0].when[0].key: \"request.headers[]\": no such attribute")]
    [InlineData("rules: [{when: [{key: source.ip, values: [a]}]}]", "5:45 spec.rules[0].when[0].values[0]: \"a\" is not right here; expected is an IP range")]
    [InlineData("rules: [{when: [{key: destination.port, notValues: [0]}]}]", "5:55 spec.rules[0].when[0].notValues[0]: the number 0 is not right here; expected is a port")]
    [InlineData("rules: [{when: [{key: source.principal, values: [a/ns/b/sa/c]}]}]", "5:52 spec.rules[0].when[0].values[0]: \"a/ns/b/sa/c\": principals are whole SPIFFE IDs")]
    public void What_is_wrong_is_named_with_its_place(string spec, string expected) =>
        Given.AssertIssues([expected], Given.IssuesOf(Given.Document("AuthorizationPolicy", spec)));

    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abcd", false)]
    [InlineData("abc*", "abcd", true)]
    [InlineData("*bc", "abc", true)]
    [InlineData("*bc", "abcd", false)]
    [InlineData("*", "x", true)]
    [InlineData("*", "", false)]
    public void A_pattern_matches_as_Istio_does(string pattern, string value, bool matches)
    {
        Assert.True(StringPattern.TryParse(pattern, out var parsed));
        Assert.Equal(matches, parsed.Matches(value));
        Assert.Equal(pattern, parsed.ToString());
    }
}
