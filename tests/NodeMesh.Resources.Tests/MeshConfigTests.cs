using System.Net;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Resources.Tests;

public sealed class MeshConfigTests
{
    [Fact]
    public void Only_the_trust_domain_is_required_and_the_rest_has_defaults()
    {
        var mesh = Given.Read<MeshConfig>(Given.Mesh);

        Assert.Equal("example.org", mesh.TrustDomain.Name);
        Assert.Equal([IPNetwork.Parse("240.240.0.0/16"), IPNetwork.Parse("fd00:240::/64")], mesh.VipRanges);
        Assert.Equal("mesh", mesh.DnsDomain);
        Assert.Equal(EgressMode.AllowAny, mesh.Egress.Mode);
        Assert.Equal(UnknownSourcePolicy.OutsideOnly, mesh.UnknownSources);
    }

    [Fact]
    public void Every_field_is_read()
    {
        var mesh = Given.Read<MeshConfig>(Given.Document("MeshConfig", """
            trustDomain: Prod.Example.org
            vipRanges: [10.200.0.0/16]
            dnsDomain: svc.internal
            egress:
              mode: RegistryOnly
            unknownSources: Refuse
            """, "{name: mesh}"));

        Assert.Equal("prod.example.org", mesh.TrustDomain.Name);
        Assert.Equal([IPNetwork.Parse("10.200.0.0/16")], mesh.VipRanges);
        Assert.Equal("svc.internal", mesh.DnsDomain);
        Assert.Equal(EgressMode.RegistryOnly, mesh.Egress.Mode);
        Assert.Equal(UnknownSourcePolicy.Refuse, mesh.UnknownSources);
    }

    [Theory]
    [InlineData("dnsDomain: mesh", "5:3 spec.trustDomain: the field is missing; expected is a trust domain")]
    [InlineData("trustDomain: a b", "5:16 spec.trustDomain: \"a b\": the trust domain \"a b\" holds ' '")]
    [InlineData("{trustDomain: a, vipRanges: [10.0.0.1/8]}", "5:32 spec.vipRanges[0]: \"10.0.0.1/8\": the address has bits set beyond its prefix; write 10.0.0.0/8")]
    [InlineData("{trustDomain: a, vipRanges: [10.0.0.0/31]}", "5:32 spec.vipRanges[0]: 10.0.0.0/31 has no room")]
    [InlineData("{trustDomain: a, vipRanges: [10.0.0.0/33]}", "5:32 spec.vipRanges[0]: \"10.0.0.0/33\": the prefix length is a number from 0 to 32")]
    [InlineData("{trustDomain: a, vipRanges: []}", "5:31 spec.vipRanges: the list is empty")]
    [InlineData("{trustDomain: a, egress: {mode: allowany}}", "5:35 spec.egress.mode: \"allowany\": no such value; did you mean \"AllowAny\"? Known are AllowAny, RegistryOnly")]
    [InlineData("{trustDomain: a, unknownSources: Drop}", "5:36 spec.unknownSources: \"Drop\": no such value; known are OutsideOnly, Plaintext, Refuse")]
    [InlineData("{trustDomain: a, dnsDomain: .mesh}", "5:31 spec.dnsDomain: \".mesh\" is not right here; expected is a DNS name")]
    public void What_is_wrong_is_named_with_its_place(string spec, string expected) =>
        Given.AssertIssues([expected], Given.IssuesOf(Given.Document("MeshConfig", spec, "{name: mesh}")));

    [Fact]
    public void Its_name_is_mesh_and_it_has_no_namespace() =>
        Given.AssertIssues(
            [
                "3:18 metadata.name: \"m\" is not right here; expected is \"mesh\"",
                "3:21 metadata.namespace: the metadata of a MeshConfig has no such field",
            ],
            Given.IssuesOf(Given.Document("MeshConfig", "trustDomain: a", "{name: m, namespace: shop}")).OrderBy(i => i, StringComparer.Ordinal).ToArray());
}
