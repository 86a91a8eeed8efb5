using System.Net;
using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Tests.Authorization;

public sealed class RequestAuthorizationTests
{
    private static readonly ConnectionFacts Facts = new(
        SpiffeId.Parse("spiffe://mesh.example/ns/shop/sa/web"),
        IpEndpoint.From(IPAddress.Parse("192.0.2.1"), 40000),
        IpEndpoint.From(IPAddress.Parse("192.0.2.9"), 8080));

    private static readonly Workload Orders = new()
    {
        Metadata = ResourceMetadata.Of("orders", "shop"),
        Node = "n1",
        Selector = new ProcessSelector { Uid = 1 },
        ServiceAccount = "orders",
    };

    [Theory]
    [InlineData("shop.example", "shop.example", true)]
    [InlineData("shop.example", "SHOP.Example", true)]
    [InlineData("Shop.Example", "shop.example:8443", true)]
    [InlineData("shop.example", "shop.example.", true)]
    [InlineData("shop.example", "shop.example.:80", true)]
    [InlineData("shop.example.", "shop.example", true)]
    [InlineData("*.example", "a.b.EXAMPLE:1", true)]
    [InlineData("shop.*", "Shop.test", true)]
    [InlineData("[2001:db8::1]", "[2001:DB8::1]:8080", true)]
    [InlineData("*", "anything", true)]
    [InlineData("shop.example", "shop.example.org", false)]
    [InlineData("*.example", "example", false)]
    public void Hosts_are_compared_without_case_port_and_final_dot(string pattern, string authority, bool matches) =>
        AssertMatches(matches, new AuthorizationOperation { Hosts = Patterns(pattern) }, Request(authority: authority));

    [Fact]
    public void A_request_without_a_host_matches_none_and_does_not_slip_past_all_but_one()
    {
        var request = Request(authority: null);

        AssertMatches(false, new AuthorizationOperation { Hosts = Patterns("*") }, request);
        Assert.False(Judge(request, Allow(new AuthorizationOperation { NotHosts = Patterns("shop.example") })));
        Assert.False(Judge(request, Deny(new AuthorizationOperation { NotHosts = Patterns("shop.example") })));
    }

    [Theory]
    [InlineData("/admin", "/admin", true)]
    [InlineData("/admin", "/admin?x=1", true)]
    [InlineData("/admin", "/admin#x", true)]
    [InlineData("/admin", "/Admin", false)]
    [InlineData("/admin", "/admin/", false)]
    [InlineData("/admin*", "/administer", true)]
    [InlineData("/admin/*", "/admin", false)]
    [InlineData("*/admin", "/v1/admin", true)]
    [InlineData("*.php", "/index?file=a.php", false)]
    [InlineData("*", "/", true)]
    [InlineData("/v1/{*}/users", "/v1/a/users", true)]
    [InlineData("/v1/{*}/users", "/v1//users", false)]
    [InlineData("/v1/{*}/users", "/v1/a/b/users", false)]
    [InlineData("/v1/{*}", "/v1/a/", false)]
    [InlineData("/v1/{*}", "/v1/", false)]
    [InlineData("/v1/{**}", "/v1/", true)]
    [InlineData("/v1/{**}", "/v1/a/b", true)]
    [InlineData("/v1/{**}", "/v1", false)]
    [InlineData("/{*}/{**}", "/a/", true)]
    [InlineData("/{*}/{**}", "/a", false)]
    [InlineData("/{**}", "/", true)]
    [InlineData("/é", "/é", true)]
    public void Paths_are_compared_without_query(string pattern, string path, bool matches) =>
        AssertMatches(matches, new AuthorizationOperation { Paths = [pattern] }, Request(path: path));

    [Theory]
    [InlineData("GET", "GET", true)]
    [InlineData("GET", "get", false)]
    [InlineData("P*", "PATCH", true)]
    [InlineData("*", "BREW", true)]
    public void Methods_are_compared_exactly(string pattern, string method, bool matches) =>
        AssertMatches(matches, new AuthorizationOperation { Methods = Patterns(pattern) }, Request(method));

    [Fact]
    public void An_upgrade_counts_as_the_GET_that_the_application_sees()
    {
        var request = Request("CONNECT");
        request.Add(KnownHeader.Protocol, "websocket");

        AssertMatches(true, new AuthorizationOperation { Methods = Patterns("GET") }, request);
        AssertMatches(false, new AuthorizationOperation { Methods = Patterns("CONNECT") }, request);
    }

    [Fact]
    public void A_header_is_present_even_when_it_is_empty()
    {
        AssertMatches(true, When("x-debug", values: ["*"]), Request(headers: ("x-debug", "")));
        AssertMatches(false, When("x-debug", values: ["*"]), Request());
        AssertMatches(false, When("x-debug", values: ["a*"]), Request(headers: ("x-debug", "")));
    }

    [Fact]
    public void A_header_that_is_not_there_has_none_of_the_values()
    {
        AssertMatches(true, When("x-team", notValues: ["red"]), Request());
        AssertMatches(true, When("x-team", notValues: ["red"]), Request(headers: ("x-team", "blue")));
        AssertMatches(false, When("x-team", notValues: ["red"]), Request(headers: ("x-team", "red")));
    }

    [Fact]
    public void A_header_given_twice_is_taken_in_the_way_that_helps_nobody_in()
    {
        var both = Request(headers: [("x-role", "user"), ("x-role", "admin")]);

        Assert.False(Judge(both, Allow(When("x-role", values: ["user"]))));
        Assert.False(Judge(both, Deny(When("x-role", values: ["admin"]))));
        Assert.False(Judge(both, Allow(When("x-role", notValues: ["admin"]))));
        Assert.False(Judge(both, Deny(When("x-role", notValues: ["user"]))));
        Assert.True(Judge(both, Allow(When("x-role", values: ["user", "admin"]))));
    }

    [Fact]
    public void Split_cookies_are_one_line() => AssertMatches(
        true,
        When("cookie", values: ["a=1; b=2"]),
        Request(headers: [("cookie", "a=1"), ("x-other", "1"), ("cookie", "b=2")]));

    [Fact]
    public void The_header_host_is_the_authority() =>
        AssertMatches(true, When("host", values: ["shop.example:81"]), Request(authority: "shop.example:81"));

    [Fact]
    public void Known_and_unknown_names_of_headers_are_found_alike()
    {
        AssertMatches(true, When("user-agent", values: ["curl/*"]), Request(headers: ("user-agent", "curl/8")));
        AssertMatches(true, When("x-own", values: ["*e"]), Request(headers: ("x-own", "blue")));
    }

    [Fact]
    public void The_remote_address_is_the_original_clients()
    {
        var request = Request();
        var authorizer = Authorizer.Compile(
            [Allow(new AuthorizationRule { From = [new AuthorizationSource { RemoteIpBlocks = [IPNetwork.Parse("203.0.113.0/24")] }] })], Orders);

        Assert.True(authorizer.Authorize(Facts, new RequestFacts(request, IpEndpoint.From(IPAddress.Parse("203.0.113.7"), 0))).Allowed);
        Assert.False(authorizer.Authorize(Facts, new RequestFacts(request, Facts.Source)).Allowed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tokens_are_not_verified_so_no_ALLOW_rests_on_one_and_every_DENY_holds(bool not)
    {
        var condition = new AuthorizationCondition { Key = new ConditionKey(ConditionAttribute.RequestAuthClaim, ["role"]) };
        AuthorizationRule[] rules =
        [
            new() { From = [not ? new() { NotRequestPrincipals = Patterns("*") } : new() { RequestPrincipals = Patterns("*") }] },
            new() { When = [not ? condition with { NotValues = Patterns("admin") } : condition with { Values = Patterns("admin") }] },
        ];

        Assert.All(rules, rule => Assert.False(Judge(Request(), Allow(rule))));
        Assert.All(rules, rule => Assert.False(Judge(Request(), Deny(rule))));
    }

    [Fact]
    public void A_source_that_needs_no_token_still_matches_beside_one_that_does() => Assert.True(Judge(
        Request(),
        Allow(new AuthorizationRule
        {
            From = [new AuthorizationSource { RequestPrincipals = Patterns("*") }, new AuthorizationSource { Namespaces = Patterns("shop") }],
        })));

    [Fact]
    public void Connection_and_request_are_judged_together()
    {
        var rule = new AuthorizationRule
        {
            From = [new AuthorizationSource { Namespaces = Patterns("shop") }],
            To = [new AuthorizationOperation { Methods = Patterns("GET"), Paths = ["/orders/*"], Ports = [8080] }],
        };

        Assert.True(Judge(Request(path: "/orders/1"), Allow(rule)));
        Assert.False(Judge(Request("POST", path: "/orders/1"), Allow(rule)));
        Assert.False(Judge(Request(path: "/admin"), Allow(rule)));
        Assert.False(Judge(Request(path: "/orders/1"), Allow(rule with { From = [new AuthorizationSource { Namespaces = Patterns("jobs") }] })));
    }

    [Fact]
    public void The_trace_names_the_field_that_did_not_match()
    {
        var request = new RequestFacts(Request("POST", path: "/orders"), Facts.Source);
        var trace = Authorizer.Compile(
            [
                Allow(new AuthorizationOperation { Methods = Patterns("GET") }),
                Deny(When("x-team", values: ["red"])) with { Metadata = ResourceMetadata.Of("q", "shop") },
                Deny(new AuthorizationOperation { Paths = ["/orders"] }) with { Metadata = ResourceMetadata.Of("r", "shop") },
            ],
            Orders).Explain(Facts, request);

        string[] expected =
        [
            "ALLOW policy shop/p did not match: rule 0 failed on methods",
            "DENY policy shop/q did not match: rule 0 failed on when[request.headers[x-team]].values",
            "DENY policy shop/r matched by rule 0",
        ];
        Assert.Equal(expected, trace.Policies.Select(policy => policy.Explanation), StringComparer.Ordinal);
        Assert.Equal("rule 0 matched", trace.Policies[2].Rules[0].Explanation);
    }

    [Fact]
    public void Where_no_policy_looks_at_HTTP_a_connection_is_judged_once_until_policies_or_facts_change()
    {
        var judge = new RequestAuthorization();
        var open = Authorizer.Compile([], Orders);
        var closed = Authorizer.Compile([Deny(new AuthorizationRule { From = [new AuthorizationSource { Namespaces = Patterns("shop") }] })], Orders);
        var byPath = Authorizer.Compile([Deny(new AuthorizationOperation { Paths = ["/admin"] })], Orders);

        Assert.False(open.NeedsHttp || closed.NeedsHttp);
        Assert.True(byPath.NeedsHttp);
        Assert.True(judge.Authorize(open, Facts, Request(), Facts.Source).Allowed);
        Assert.False(judge.Authorize(closed, Facts, Request(), Facts.Source).Allowed);
        Assert.True(judge.Authorize(closed, Facts with { Peer = null }, Request(), Facts.Source).Allowed);
        Assert.False(judge.Authorize(byPath, Facts, Request(path: "/admin"), Facts.Source).Allowed);
        Assert.True(judge.Authorize(byPath, Facts, Request(path: "/"), Facts.Source).Allowed);
    }

    [Fact]
    public void Judging_a_request_allocates_nothing()
    {
        var authorizer = Authorizer.Compile(
            [
                Deny(When("cookie", values: ["a=1*"])),
                Allow(new AuthorizationRule
                {
                    From = [new AuthorizationSource { Namespaces = Patterns("shop"), RemoteIpBlocks = [IPNetwork.Parse("192.0.2.0/24")] }],
                    To = [new AuthorizationOperation { Hosts = Patterns("*.example"), Methods = Patterns("GET", "P*"), Paths = ["/x", "/{*}/{**}"] }],
                    When = [Header("x-team", values: ["red", "b*"], notValues: ["black"])],
                }) with { Metadata = ResourceMetadata.Of("q", "shop") },
            ],
            Orders);
        var headers = Request("POST", "shop.example:80", "/orders/1?x", ("x-team", "blue"), ("cookie", "b=2"), ("cookie", "a=1"));
        Assert.True(authorizer.Authorize(Facts, new RequestFacts(headers, Facts.Source)).Allowed);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            authorizer.Authorize(Facts, new RequestFacts(headers, Facts.Source));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void AssertMatches(bool matches, AuthorizationOperation operation, HeaderList request) =>
        AssertMatches(matches, new AuthorizationRule { To = [operation] }, request);

    private static void AssertMatches(bool matches, AuthorizationRule rule, HeaderList request)
    {
        Assert.Equal(matches, Judge(request, Allow(rule)));
        Assert.Equal(!matches, Judge(request, Deny(rule)));
    }

    private static bool Judge(HeaderList request, AuthorizationPolicy policy) =>
        Authorizer.Compile([policy], Orders).Authorize(Facts, new RequestFacts(request, Facts.Source)).Allowed;

    private static HeaderList Request(
        string method = "GET", string? authority = "shop.example", string path = "/", params (string Name, string Value)[] headers)
    {
        var list = new HeaderList();
        list.Add(KnownHeader.Method, method);
        list.Add(KnownHeader.Scheme, "http");
        if (authority is not null)
        {
            list.Add(KnownHeader.Authority, authority);
        }

        list.Add(":path"u8, System.Text.Encoding.UTF8.GetBytes(path));
        foreach (var (name, value) in headers)
        {
            list.Add(name, value);
        }

        return list;
    }

    private static AuthorizationRule When(string header, string[]? values = null, string[]? notValues = null) =>
        new() { When = [Header(header, values, notValues)] };

    private static AuthorizationCondition Header(string header, string[]? values = null, string[]? notValues = null) => new()
    {
        Key = new ConditionKey(ConditionAttribute.RequestHeader, [header]),
        Values = Patterns(values ?? []),
        NotValues = Patterns(notValues ?? []),
    };

    private static AuthorizationPolicy Allow(AuthorizationOperation operation) => Allow(new AuthorizationRule { To = [operation] });

    private static AuthorizationPolicy Deny(AuthorizationOperation operation) => Deny(new AuthorizationRule { To = [operation] });

    private static AuthorizationPolicy Allow(AuthorizationRule rule) => new() { Metadata = ResourceMetadata.Of("p", "shop"), Rules = [rule] };

    private static AuthorizationPolicy Deny(AuthorizationRule rule) => Allow(rule) with { Action = AuthorizationAction.Deny };

    private static ValueList<StringPattern> Patterns(params string[] patterns) => patterns.Select(text =>
    {
        Assert.True(StringPattern.TryParse(text, out var pattern));
        return pattern;
    }).ToValueList();
}
