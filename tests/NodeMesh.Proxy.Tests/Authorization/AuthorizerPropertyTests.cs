using System.Net;
using NodeMesh.Http.Headers;
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

    private static readonly string[] Hosts = ["shop.example", "*.example", "shop*", "*", "[2001:db8::1]"];
    private static readonly string[] Authorities = ["shop.example", "SHOP.Example:8080", "other.test", "[2001:db8::1]:80", "shop.example."];
    private static readonly string[] Methods = ["GET", "POST", "P*", "*"];
    private static readonly string[] Paths =
        ["/", "/admin", "/admin*", "/admin/*", "*/admin", "*", "/{*}/admin", "/v1/{**}", "/{*}/{*}", "/{**}", "/v1/{*}/{**}"];

    private static readonly string[] RequestPaths =
        ["/", "/admin", "/admin/", "/admin/users", "/v1/admin", "/v1/", "/v1", "/v1//x", "/v1/a/b/c", "/administer", "*"];

    private static readonly string[] HeaderValues = ["red", "re*", "*ed", "blue", "*"];
    private static readonly string[] HeaderLines = ["red", "blue", "", "bred"];

    private static readonly Workload Orders = new()
    {
        Metadata = ResourceMetadata.Of("orders", "shop"),
        Node = "n1",
        Selector = new ProcessSelector { Uid = 1 },
        ServiceAccount = "orders",
    };

    [Fact]
    public void The_compiled_authorizer_decides_as_the_reference_does()
    {
        var random = new Random(20300102);
        var outcomes = new int[2];
        for (var round = 0; round < 20_000; round++)
        {
            AuthorizationPolicy[] policies = [.. Enumerable.Range(0, random.Next(4)).Select(i => Policy(random, i))];
            var authorizer = Authorizer.Compile(policies, Orders);
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

    [Fact]
    public void Requests_are_judged_as_the_reference_does()
    {
        var random = new Random(20300103);
        var outcomes = new int[2];
        for (var round = 0; round < 20_000; round++)
        {
            AuthorizationPolicy[] policies = [.. Enumerable.Range(0, random.Next(4)).Select(i => Policy(random, i))];
            var authorizer = Authorizer.Compile(policies, Orders);
            for (var i = 0; i < 4; i++)
            {
                var facts = Facts(random);
                var naive = Request(random, out var headers);
                var request = new RequestFacts(headers, IpEndpoint.From(naive.Remote, 0));
                var expected = NaiveAuthorizer.Allowed(policies, facts, naive);
                var decision = authorizer.Authorize(facts, request);

                Assert.True(
                    expected == decision.Allowed,
                    $"{facts}, {naive}: expected {expected}, policies: {string.Join('\n', policies.AsEnumerable())}");
                Assert.Equal(decision, authorizer.Explain(facts, request).Decision);
                Assert.True(authorizer.NeedsHttp || decision == authorizer.Authorize(facts));
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
        6 => random.Next(3) switch
        {
            0 => new() { RequestPrincipals = Patterns(random, Principals) },
            1 => new() { RemoteIpBlocks = Ranges(random) },
            _ => new() { NotRemoteIpBlocks = Ranges(random), NotNamespaces = Patterns(random, Namespaces) },
        },
        _ => new() { Principals = Patterns(random, Principals) },
    };

    private static AuthorizationOperation Operation(Random random) => random.Next(8) switch
    {
        0 => new() { NotPorts = [80, 81] },
        1 => new() { Ports = [80], Paths = Some(random, 3, r => Paths[r.Next(Paths.Length)]) },
        2 => new() { NotMethods = Patterns(random, Methods) },
        3 => new() { Methods = Patterns(random, Methods), NotPaths = Some(random, 3, r => Paths[r.Next(Paths.Length)]) },
        4 => new() { Hosts = Patterns(random, Hosts) },
        5 => new() { NotHosts = Patterns(random, Hosts), Paths = Some(random, 3, r => Paths[r.Next(Paths.Length)]) },
        _ => new() { Ports = [80, 443] },
    };

    private static AuthorizationCondition Condition(Random random)
    {
        var attribute = (ConditionAttribute)random.Next((int)ConditionAttribute.ConnectionSni + 1);
        var condition = new AuthorizationCondition { Key = new ConditionKey(attribute, Names(random, attribute)) };
        var not = random.Next(2) == 0;
        return attribute switch
        {
            ConditionAttribute.SourceIp or ConditionAttribute.DestinationIp or ConditionAttribute.RemoteIp =>
                not ? condition with { NotNetworks = Ranges(random) } : condition with { Networks = Ranges(random) },
            ConditionAttribute.DestinationPort => not ? condition with { NotPorts = [80] } : condition with { Ports = [80, 81] },
            _ => not ? condition with { NotValues = Patterns(random, Texts(attribute)) } : condition with { Values = Patterns(random, Texts(attribute)) },
        };
    }

    private static ValueList<string> Names(Random random, ConditionAttribute attribute) => attribute switch
    {
        ConditionAttribute.RequestHeader => [random.Next(2) == 0 ? "x-colour" : "origin"],
        ConditionAttribute.RequestAuthClaim => ["role"],
        _ => [],
    };

    private static NaiveRequest Request(Random random, out HeaderList headers)
    {
        headers = new HeaderList();
        var upgrade = random.Next(6) == 0;
        var method = Methods[random.Next(2)];
        headers.Add(KnownHeader.Method, upgrade ? "CONNECT" : method);
        headers.Add(KnownHeader.Scheme, "http");
        var authority = random.Next(6) == 0 ? null : Authorities[random.Next(Authorities.Length)];
        if (authority is not null)
        {
            headers.Add(KnownHeader.Authority, authority);
        }

        var path = RequestPaths[random.Next(RequestPaths.Length)];
        headers.Add(KnownHeader.Path, random.Next(3) == 0 ? path + "?q=/admin" : path);
        if (upgrade)
        {
            headers.Add(KnownHeader.Protocol, "websocket");
        }

        var lines = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var name in (string[])["x-colour", "origin"])
        {
            lines[name] = [.. Enumerable.Range(0, random.Next(3)).Select(_ => HeaderLines[random.Next(HeaderLines.Length)])];
            foreach (var line in lines[name])
            {
                headers.Add(name, line);
            }
        }

        var host = authority?.Split("]:")[0] switch
        {
            null => null,
            ['[', .. var literal] => $"[{literal.TrimEnd(']')}]",
            var text => text.Split(':')[0].TrimEnd('.'),
        };
        return new NaiveRequest(upgrade ? "GET" : method, host, path, lines, IPAddress.Parse(Addresses[random.Next(Addresses.Length)]));
    }

    private static string[] Texts(ConditionAttribute attribute) => attribute switch
    {
        ConditionAttribute.SourceNamespace => Namespaces,
        ConditionAttribute.SourceTrustDomain => TrustDomains,
        ConditionAttribute.SourceServiceAccount => Accounts,
        ConditionAttribute.RequestHeader => HeaderValues,
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
