using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Attestation;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Configuration;
using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Proxy.Tests.Connections;

/// <summary>Who may go where: a process that could not be told is not one that nobody claims.</summary>
public sealed class OutboundPolicyTests
{
    private static readonly IpEndpoint Outside = TestMesh.Address("198.51.100.9:443");
    private static readonly IpEndpoint Client = TestMesh.Address("192.0.2.1:40000");
    private static readonly AttestedSource Stranger = AttestedSource.Of(null, new ProcessFacts(7, "/x", null));
    private static readonly AttestedSource Untold = AttestedSource.Unattested("its socket has no owner");

    [Theory]
    [InlineData(EgressMode.AllowAny, true, null)]
    [InlineData(EgressMode.RegistryOnly, true, RefusalCode.Unattested)]
    [InlineData(EgressMode.RegistryOnly, false, null)]
    public void Who_cannot_be_told_gets_out_only_where_every_workload_of_the_node_does(EgressMode egress, bool hasWorkloads, RefusalCode? refusal)
    {
        var config = TestMesh.Config with { Egress = new EgressSettings { Mode = egress } };
        var snapshot = hasWorkloads ? TestMesh.Compile(null, config, TestMesh.Workload("cart", "n1")) : TestMesh.Compile(null, config);

        Assert.Equal(refusal, OutboundPolicy.Refusal(snapshot, Untold, null, Outside)?.Code);
        Assert.Null(OutboundPolicy.Refusal(snapshot, Stranger, null, Outside));
        Assert.Equal(refusal, OutboundPolicy.Refusal(snapshot, default, null, Outside)?.Code);
    }

    [Fact]
    public void Refusing_unknown_sources_refuses_both_and_says_which()
    {
        var snapshot = TestMesh.Compile(null, TestMesh.Config with { UnknownSources = UnknownSourcePolicy.Refuse }, TestMesh.Workload("cart", "n1"));
        Assert.Equal(RefusalCode.NoIdentity, OutboundPolicy.Refusal(snapshot, Stranger, null, Outside)?.Code);
        var refusal = OutboundPolicy.Refusal(snapshot, Untold, null, Outside)!.Value;
        Assert.Equal(RefusalCode.Unattested, refusal.Code);
        Assert.Contains("its socket has no owner", refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("n1")]
    [InlineData("n2")]
    public void Who_cannot_be_told_does_not_go_into_the_mesh_as_a_process_without_identity_may(string node)
    {
        var snapshot = TestMesh.Compile(
            null,
            TestMesh.Config with { UnknownSources = UnknownSourcePolicy.Plaintext },
            TestMesh.Workload("cart", "n1"),
            TestMesh.Workload("orders", node, 8080),
            new PeerAuthentication { Metadata = ResourceMetadata.Of("default", "shop"), Mode = PeerAuthenticationMode.Permissive });
        var orders = snapshot.Endpoints.Single(endpoint => endpoint.WorkloadName == "orders");

        Assert.NotEqual(OutboundWayKind.Refused, OutboundPolicy.FindWay(snapshot, Stranger, Client, orders).Kind);
        var way = OutboundPolicy.FindWay(snapshot, Untold, Client, orders);
        Assert.Equal((OutboundWayKind.Refused, RefusalCode.Unattested), (way.Kind, way.Refusal.Code));
    }
}
