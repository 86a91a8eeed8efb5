using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Tests.Authorization;

public sealed class AuthorizerPropertyTests
{
    private static readonly string[] Namespaces = ["shop", "jobs", "sh", "*", "s*", "*s"];
    private static readonly string[] TrustDomains = ["mesh.example", "other.example", "*", "*.example", "mesh*"];
    private static readonly string[] Principals =
        ["*", "spiffe://*", "spiffe://mesh.example/*", "*/sa/web", "spiffe://mesh.example/ns/shop/sa/web", "spiffe://other.example/any"];

    private static readonly string[] Accounts = ["web", "shop/web", "w*", "*/web", "jobs/*", "*"];
    private static readonly string[] Networks = ["0.0.0.0/0", "::/0", "192.0.2.0/24", "192.0.2.7/32", "2001:db8::/32"];
    private static readonly string[] Addresses = ["192.0.2.7", "192.0.2.8", "198.51.100.1", "2001:db8::1", "2001:db9::1"];
    private static readonly string?[] Peers =
        [null, "spiffe://mesh.example/ns/shop/sa/web", "spiffe://mesh.example/ns/jobs/sa/batch", "spiffe://other.example/any", "spiffe://mesh.example"];

    [Fact]
    public void The_compiled_authorizer_decides_as_the_reference_does()
    {
        var random = new Random(20300102);
        var workload = new Workload
        {
            Metadata = ResourceMetadata.Of("orders", "shop"),
            Node = "n1",
            Selector = new ProcessSelector { Uid = 1 },
            ServiceAccount = "orders",
        };
        var outcomes = new int[2];
        for (var round = 0; round < 20_000; round++)
        {
            AuthorizationPolicy[] policies = [.. Enumerable.Range(0, random.Next(4)).Select(i => Policy(random, i))];
            var authorizer = Authorizer.Compile(policies, workload);
            for (var i = 0; i < 4; i++)
            {
                var facts = Facts(random);
                var expected = NaiveAuthorizer.Allowed(policies, facts);
                var decision = authorizer.Authorize(facts);

                Assert.True(expected == decision.Allowed, $"{facts}: expected {expected}, policies: {string.Join('\n', policies.AsEnumerable())}");
                Assert.Equal(decision, authorizer.Explain(facts).Decision);
                var enforcedIfAll = NaiveAuthorizer.Allowed([.. policies.Select(p => p with { DryRun = false })], facts);
                Assert.Equal(enforcedIfAll, (decision.DryRun ?? decision.Verdict).Allowed);
                outcomes[expected ? 1 : 0]++;
            }
        }

        Assert.All(outcomes, count => Assert.True(count > 5000, "the generated policies allow or deny nearly everything"));
    }

    private static AuthorizationPolicy Policy(Random random, int index) => new()
    {
        Metadata = ResourceMetadata.Of($"p{index}", random.Next(5) == 0 ? WorkloadPolicy.RootNamespace : "shop"),
        Action = (AuthorizationAction)random.Next(3),
        DryRun = random.Next(5) == 0,
        Rules = Some(random, 3, Rule),
    };

    private static AuthorizationRule Rule(Random random) => new()
    {
        From = Some(random, 3, Source),
        To = random.Next(2) == 0 ? [] : Some(random, 3, Operation),
        When = random.Next(2) == 0 ? [] : Some(random, 3, Condition),
    };

    private static AuthorizationSource Source(Random random) => random.Next(8) switch
    {
        0 => new() { NotPrincipals = Patterns(random, Principals) },
        1 => new() { Namespaces = Patterns(random, Namespaces), NotPrincipals = Patterns(random, Principals) },
        2 => new() { NotNamespaces = Patterns(random, Namespaces) },
        3 => new() { TrustDomains = Patterns(random, TrustDomains), NotServiceAccounts = [new(null, "web")] },
        4 => new() { NotTrustDomains = Patterns(random, TrustDomains), IpBlocks = Ranges(random) },
        5 => new() { ServiceAccounts = [new("jobs", "batch"), new(null, "web")], NotIpBlocks = Ranges(random) },
        6 => new() { RequestPrincipals = Patterns(random, Principals) },
        _ => new() { Principals = Patterns(random, Principals) },
    };

    private static AuthorizationOperation Operation(Random random) => random.Next(5) switch
    {
        0 => new() { NotPorts = [80, 81] },
        1 => new() { Ports = [80], Paths = ["/admin"] },
        2 => new() { NotMethods = [new(StringPatternKind.Exact, "GET")] },
        _ => new() { Ports = [80, 443] },
    };

    private static AuthorizationCondition Condition(Random random)
    {
        var attribute = (ConditionAttribute)random.Next((int)ConditionAttribute.ConnectionSni + 1);
        var condition = new AuthorizationCondition { Key = new ConditionKey(attribute, []) };
        var not = random.Next(2) == 0;
        return attribute switch
        {
            ConditionAttribute.SourceIp or ConditionAttribute.DestinationIp =>
                not ? condition with { NotNetworks = Ranges(random) } : condition with { Networks = Ranges(random) },
            ConditionAttribute.DestinationPort => not ? condition with { NotPorts = [80] } : condition with { Ports = [80, 81] },
            _ => not ? condition with { NotValues = Patterns(random, Texts(attribute)) } : condition with { Values = Patterns(random, Texts(attribute)) },
        };
    }

    private static string[] Texts(ConditionAttribute attribute) => attribute switch
    {
        ConditionAttribute.SourceNamespace => Namespaces,
        ConditionAttribute.SourceTrustDomain => TrustDomains,
        ConditionAttribute.SourceServiceAccount => Accounts,
        _ => Principals,
    };

    private static ConnectionFacts Facts(Random random)
    {
        var peer = Peers[random.Next(Peers.Length)];
        return new ConnectionFacts(
            peer is null ? null : SpiffeId.Parse(peer),
            IpEndpoint.From(IPAddress.Parse(Addresses[random.Next(Addresses.Length)]), 40000),
            IpEndpoint.From(IPAddress.Parse(Addresses[random.Next(Addresses.Length)]), (ushort)random.Next(80, 83)),
            random.Next(2) == 0 ? null : "spiffe://name");
    }

    private static ValueList<StringPattern> Patterns(Random random, string[] from) => Some(random, 3, r =>
    {
        Assert.True(StringPattern.TryParse(from[r.Next(from.Length)], out var pattern));
        return pattern;
    });

    private static ValueList<IPNetwork> Ranges(Random random) => Some(random, 3, r => IPNetwork.Parse(Networks[r.Next(Networks.Length)]));

    private static ValueList<T> Some<T>(Random random, int atMost, Func<Random, T> make) =>
        Enumerable.Range(0, random.Next(atMost + 1)).Select(_ => make(random)).ToValueList();
}
