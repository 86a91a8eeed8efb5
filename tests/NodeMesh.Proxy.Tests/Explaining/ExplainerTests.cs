using NodeMesh.Proxy.Explaining;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Configuration;
using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Tests.Explaining;

/// <summary>What is said of a connection that nobody opens, on node n1.</summary>
public sealed class ExplainerTests
{
    private static readonly Resource[] Shop =
    [
        TestMesh.Workload("cart", "n1"),
        TestMesh.Workload("orders", "n2", 8080),
        TestMesh.Workload("batch", "n2"),
        TestMesh.Service("orders", 80, 8080),
    ];

    [Fact]
    public void A_workload_of_another_node_is_explained_as_its_own_daemon_decides()
    {
        var toTheNeighbour = Explain("shop/batch", "shop/orders", 80, Shop);
        Assert.Equal(ExplainOutcome.Local, toTheNeighbour.Outcome);
        Assert.False(toTheNeighbour.SourceIsLocal);
        Assert.Contains("on n2, whose daemon decides", toTheNeighbour.Steps[0], StringComparison.Ordinal);

        var outside = Explain("shop/batch", "198.51.100.9", 443, [.. Shop, TestMesh.Config with { Egress = new EgressSettings { Mode = EgressMode.RegistryOnly } }]);
        Assert.Equal((ExplainOutcome.Refused, RefusalCode.EgressDenied), (outside.Outcome, outside.Refusal));
    }

    [Fact]
    public void A_process_that_no_workload_claims_can_be_asked_for()
    {
        var strict = Explain("unknown", "shop/orders", 80, Shop);
        Assert.Equal((ExplainOutcome.Refused, RefusalCode.NoIdentity), (strict.Outcome, strict.Refusal));
        Assert.Null(strict.SourceIdentity);

        var plaintext = TestMesh.Config with { UnknownSources = UnknownSourcePolicy.Plaintext };
        var refusedThere = Explain("unknown", "shop/orders", 80, [.. Shop, plaintext]);
        Assert.Equal((ExplainOutcome.Refused, RefusalCode.PlaintextRefused), (refusedThere.Outcome, refusedThere.Refusal));

        var permissive = new PeerAuthentication { Metadata = ResourceMetadata.Of("default", "shop"), Mode = PeerAuthenticationMode.Permissive };
        Assert.Equal(ExplainOutcome.Plaintext, Explain("unknown", "shop/orders", 80, [.. Shop, plaintext, permissive]).Outcome);
        Assert.Equal(ExplainOutcome.Plaintext, Explain("unknown", "198.51.100.9", 443, Shop).Outcome);
    }

    [Fact]
    public void Without_a_certificate_there_is_no_way_over_the_mesh()
    {
        var explanation = new Explainer(TestMesh.Compile(null, Shop), _ => false).Explain(new ExplainQuery("shop/cart", "shop/orders", 80));
        Assert.Equal((ExplainOutcome.Refused, RefusalCode.NoCertificate), (explanation.Outcome, explanation.Refusal));
    }

    [Fact]
    public void A_request_is_judged_by_what_policies_ask_of_requests()
    {
        var reading = new AuthorizationPolicy
        {
            Metadata = ResourceMetadata.Of("reading", "shop"),
            Rules = [new AuthorizationRule { To = [new AuthorizationOperation { Methods = [new StringPattern(StringPatternKind.Exact, "GET")], Paths = ["/orders/*"] }] }],
        };
        Resource[] resources = [.. Shop, reading];

        Assert.Equal(ExplainOutcome.Mesh, ExplainRequest("GET", "/orders/1?all").Outcome);
        var refused = ExplainRequest("DELETE", "/orders/1");
        Assert.Equal((ExplainOutcome.Refused, RefusalCode.DeniedByPolicy), (refused.Outcome, refused.Refusal));
        Assert.Contains("it is judged as DELETE orders.shop.mesh/orders/1", refused.Steps);
        Assert.Equal("methods", refused.Endpoints[0].Policy!.Policies[0].Rules[0].Mismatch);

        var connection = Explain("shop/cart", "shop/orders", 80, resources);
        Assert.Equal(RefusalCode.DeniedByPolicy, connection.Refusal);
        Assert.Contains(connection.Steps, step => step.Contains("none was given to judge", StringComparison.Ordinal));

        Explanation ExplainRequest(string method, string path) => new Explainer(TestMesh.Compile(null, resources), _ => true)
            .Explain(new ExplainQuery("shop/cart", "shop/orders", 80, new ExplainedRequest(method, null, path, [])));
    }

    [Fact]
    public void A_request_to_a_port_that_is_not_read_as_HTTP_is_judged_as_the_connection_it_is()
    {
        var opaque = TestMesh.Workload("orders", "n2", 8080) with { Ports = [new WorkloadPort { Name = "p8080", Port = 8080, Protocol = AppProtocol.Tcp }] };
        var reading = new AuthorizationPolicy
        {
            Metadata = ResourceMetadata.Of("reading", "shop"),
            Rules = [new AuthorizationRule { To = [new AuthorizationOperation { Methods = [new StringPattern(StringPatternKind.Exact, "GET")] }] }],
        };
        var explanation = new Explainer(TestMesh.Compile(null, TestMesh.Workload("cart", "n1"), opaque, TestMesh.Service("orders", 80, 8080), reading), _ => true)
            .Explain(new ExplainQuery("shop/cart", "shop/orders", 80, new ExplainedRequest("GET", null, "/", [])));

        Assert.Equal(RefusalCode.DeniedByPolicy, explanation.Refusal);
        Assert.Contains(explanation.Steps, step => step.Contains("is not read as HTTP", StringComparison.Ordinal));
    }

    [Fact]
    public void When_some_endpoints_refuse_it_depends_and_says_so()
    {
        var second = TestMesh.Workload("orders-2", "n2", 8081) with { Metadata = ResourceMetadata.Of("orders-2", "shop", Labels.Of(("app", "orders"), ("closed", "yes"))) };
        var service = TestMesh.Service("orders", 80, 8080);
        var twoPorts = second with { Ports = [new WorkloadPort { Name = "p8080", Port = 8081 }] };
        var byName = service with { Ports = [service.Ports[0] with { TargetPort = new PortReference("p8080") }] };
        var closed = new AuthorizationPolicy
        {
            Metadata = ResourceMetadata.Of("closed", "shop"),
            Selector = new LabelSelector { MatchLabels = Labels.Of(("closed", "yes")) },
            Action = AuthorizationAction.Allow,
        };
        var explanation = Explain("shop/cart", "shop/orders", 80, [TestMesh.Workload("cart", "n1"), TestMesh.Workload("orders", "n2", 8080), twoPorts, byName, closed]);
        Assert.Equal((ExplainOutcome.Varies, RefusalCode.DeniedByPolicy), (explanation.Outcome, explanation.Refusal));
        Assert.Contains("1 of 2 endpoints refuse it", explanation.Steps[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void An_identity_that_no_workload_has_is_judged_where_it_would_arrive()
    {
        var explanation = Explain("spiffe://other.example/ns/x/sa/y", "shop/orders", 80, Shop);
        Assert.Equal(ExplainOutcome.Mesh, explanation.Outcome);
        Assert.False(explanation.SourceIsLocal);
        Assert.Contains("which no Workload has", explanation.Steps[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_of_the_source_decides_when_a_policy_goes_by_addresses()
    {
        var policy = new AuthorizationPolicy
        {
            Metadata = ResourceMetadata.Of("n1", "shop"),
            Action = AuthorizationAction.Allow,
            Rules = [new AuthorizationRule { From = [new AuthorizationSource { IpBlocks = [System.Net.IPNetwork.Parse("192.0.2.1/32")] }] }],
        };
        Assert.Equal(ExplainOutcome.Mesh, Explain("shop/cart", "shop/orders", 80, [.. Shop, policy]).Outcome);
        Assert.Equal(RefusalCode.DeniedByPolicy, Explain("shop/batch", "shop/orders", 80, [.. Shop, policy]).Refusal);
    }

    private static Explanation Explain(string source, string destination, ushort port, Resource[] resources) =>
        new Explainer(TestMesh.Compile(null, resources), _ => true).Explain(new ExplainQuery(source, destination, port));
}
