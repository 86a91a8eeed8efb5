using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Tests;

public sealed class PeerAuthenticationTests
{
    [Fact]
    public void Every_field_is_read()
    {
        var authentication = Given.Read<PeerAuthentication>(Given.Document("PeerAuthentication", """
            selector: {matchLabels: {app: cart}}
            mtls: {mode: PERMISSIVE}
            portLevelMtls:
              9100: {mode: DISABLE}
              8080: {mode: STRICT}
            """));

        Assert.Equal(Labels.Of(("app", "cart")), authentication.Selector!.MatchLabels);
        Assert.Equal(PeerAuthenticationMode.Permissive, authentication.Mode);
        Assert.Equal(
            [
                new PortAuthentication { Port = 8080, Mode = PeerAuthenticationMode.Strict },
                new PortAuthentication { Port = 9100, Mode = PeerAuthenticationMode.Disable },
            ],
            authentication.PortLevel);
    }

    [Theory]
    [InlineData("shop", false, "shop", "app=other", true)]
    [InlineData("shop", true, "shop", "app=cart", true)]
    [InlineData("shop", true, "shop", "app=other", false)]
    [InlineData("shop", false, "billing", "app=cart", false)]
    [InlineData("nodemesh-system", false, "billing", "app=other", true)]
    [InlineData("nodemesh-system", true, "billing", "app=cart", true)]
    [InlineData("nodemesh-system", true, "billing", "app=other", false)]
    public void It_applies_in_its_namespace_and_from_the_root_namespace_everywhere(
        string policyNamespace, bool hasSelector, string workloadNamespace, string label, bool applies)
    {
        var authentication = new PeerAuthentication
        {
            Metadata = ResourceMetadata.Of("p", policyNamespace),
            Selector = hasSelector ? new LabelSelector { MatchLabels = Labels.Of(("app", "cart")) } : null,
        };
        var workload = new Workload
        {
            Metadata = ResourceMetadata.Of("w", workloadNamespace, Labels.Of((label.Split('=')[0], label.Split('=')[1]))),
            Node = "n",
            Selector = new ProcessSelector { Uid = 1 },
            ServiceAccount = "w",
        };

        Assert.Equal(applies, authentication.AppliesTo(workload));
    }

    [Theory]
    [InlineData("{}", "5:3 spec: nothing is said; give mtls.mode or portLevelMtls")]
    [InlineData("{mtls: {}}", "5:10 spec.mtls.mode: the field is missing; expected is one of STRICT, PERMISSIVE, DISABLE")]
    [InlineData("{mtls: {mode: strict}}", "5:17 spec.mtls.mode: \"strict\": no such value; did you mean \"STRICT\"?")]
    [InlineData("{mtls: {mode: UNSET}}", "5:17 spec.mtls.mode: \"UNSET\": no such value; known are STRICT, PERMISSIVE, DISABLE")]
    [InlineData("{mtls: {mode: STRICT}, selector: {}}", "5:36 spec.selector.matchLabels: the field is missing")]
    [InlineData("{mtls: {mode: STRICT}, selector: {matchLabels: {}}}", "5:50 spec.selector.matchLabels: no label stands here")]
    [InlineData("{portLevelMtls: {80: {mode: STRICT}}}", "5:19 spec.portLevelMtls: ports belong to workloads; give a selector")]
    [InlineData("{selector: {matchLabels: {a: b}}, portLevelMtls: {http: {mode: STRICT}}}", "5:53 spec.portLevelMtls.http: \"http\" is not right here; expected is a port")]
    [InlineData("{selector: {matchLabels: {a: b}}, portLevelMtls: {80: STRICT}}", "5:57 spec.portLevelMtls.80: \"STRICT\" stands here; expected is the mode of a port (a mapping with mode)")]
    public void What_is_wrong_is_named_with_its_place(string spec, string expected) =>
        Given.AssertIssues([expected], Given.IssuesOf(Given.Document("PeerAuthentication", spec)));
}
