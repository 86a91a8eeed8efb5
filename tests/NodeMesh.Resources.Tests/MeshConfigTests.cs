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
        Assert.Equal((61440, 100, 8192), (mesh.Http.MaxHeaderBytes, mesh.Http.MaxHeaderFields, mesh.Http.MaxRequestLineBytes));
        Assert.Equal((1024, 100), (mesh.Http.MaxConcurrentStreams, mesh.Http.MaxConcurrentStreamsOutside));
        Assert.Equal((false, EncodedSlashes.Keep), (mesh.Http.MergeSlashes, mesh.Http.EncodedSlashes));
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
            http:
              maxHeaderBytes: 2048
              maxHeaderFields: 20
              maxRequestLineBytes: 1000
              maxConcurrentStreams: 7
              maxConcurrentStreamsOutside: 8
              headerTimeout: 2s
              idleTimeout: 10m
              sniffTimeout: 500ms
              mergeSlashes: true
              encodedSlashes: Reject
              floods:
                rapidResets: {burst: 50, perSecond: 5}
                pings: {burst: 0, perSecond: 1}
                maxEmptyFrames: 3
            """, "{name: mesh}"));

        Assert.Equal("prod.example.org", mesh.TrustDomain.Name);
        Assert.Equal([IPNetwork.Parse("10.200.0.0/16")], mesh.VipRanges);
        Assert.Equal("svc.internal", mesh.DnsDomain);
        Assert.Equal(EgressMode.RegistryOnly, mesh.Egress.Mode);
        Assert.Equal(UnknownSourcePolicy.Refuse, mesh.UnknownSources);
        Assert.Equal(
            new HttpSettings
            {
                MaxHeaderBytes = 2048,
                MaxHeaderFields = 20,
                MaxRequestLineBytes = 1000,
                MaxConcurrentStreams = 7,
                MaxConcurrentStreamsOutside = 8,
                HeaderTimeout = TimeSpan.FromSeconds(2),
                IdleTimeout = TimeSpan.FromMinutes(10),
                SniffTimeout = TimeSpan.FromMilliseconds(500),
                MergeSlashes = true,
                EncodedSlashes = EncodedSlashes.Reject,
                Floods = new HttpFloodLimits { RapidResets = new HttpFloodLimit(50, 5), Pings = new HttpFloodLimit(0, 1), MaxEmptyFrames = 3 },
            },
            mesh.Http);
    }

    [Theory]
    [InlineData("dnsDomain: mesh", "5:3 spec.trustDomain: the field is missing; expected is a trust domain")]
    [InlineData("trustDomain: a b", "5:16 spec.trustDomain: \"a b\": the trust domain \"a b\" holds ' '")]
    [InlineData("{trustDomain: a, vipRanges: [10.0.0.1/8]}", "5:32 spec.vipRanges[0]: \"10.0.0.1/8\": the address has bits set beyond its prefix; write 10.0.0.0/8")]
    [InlineData("{trustDomain: a, vipRanges: [10.0.0.0/31]}", "5:32 spec.vipRanges[0]: 10.0.0.0/31 has no room")]
    [InlineData("{trustDomain: a, vipRanges: [10.0.0.0/33]}", "5:32 spec.vipRanges[0]: \"10.0.0.0/33\": the prefix length is a number from 0 to 32")]
    [InlineData("{trustDomain: a, vipRanges: [0.0.0.0/0]}", "5:32 spec.vipRanges[0]: 0.0.0.0/0 holds 0.0.0.0/8, which means this machine")]
    [InlineData("{trustDomain: a, vipRanges: [127.0.0.0/16]}", "5:32 spec.vipRanges[0]: 127.0.0.0/16 is loopback, where connections are not captured; leave vipRanges out for 240.240.0.0/16")]
    [InlineData("{trustDomain: a, vipRanges: [169.254.0.0/24]}", "5:32 spec.vipRanges[0]: 169.254.0.0/24 is link-local")]
    [InlineData("{trustDomain: a, vipRanges: [239.1.0.0/16]}", "5:32 spec.vipRanges[0]: 239.1.0.0/16 is multicast")]
    [InlineData("{trustDomain: a, vipRanges: [240.0.0.0/4]}", "5:32 spec.vipRanges[0]: 240.0.0.0/4 holds 255.255.255.255/32, which is broadcast")]
    [InlineData("{trustDomain: a, vipRanges: [64.0.0.0/7]}", "5:32 spec.vipRanges[0]: 64.0.0.0/7 takes so many addresses")]
    [InlineData("{trustDomain: a, vipRanges: [\"::/0\"]}", "5:32 spec.vipRanges[0]: ::/0 holds ::/127, which is loopback")]
    [InlineData("{trustDomain: a, vipRanges: [\"fe80::/64\"]}", "5:32 spec.vipRanges[0]: fe80::/64 is link-local")]
    [InlineData("{trustDomain: a, vipRanges: [\"ff05::/16\"]}", "5:32 spec.vipRanges[0]: ff05::/16 is multicast")]
    [InlineData("{trustDomain: a, vipRanges: []}", "5:31 spec.vipRanges: the list is empty")]
    [InlineData("{trustDomain: a, egress: {mode: allowany}}", "5:35 spec.egress.mode: \"allowany\": no such value; did you mean \"AllowAny\"? Known are AllowAny, RegistryOnly")]
    [InlineData("{trustDomain: a, unknownSources: Drop}", "5:36 spec.unknownSources: \"Drop\": no such value; known are OutsideOnly, Plaintext, Refuse")]
    [InlineData("{trustDomain: a, http: {maxHeaderBytes: 10}}", "5:43 spec.http.maxHeaderBytes: the number 10 is not right here; expected is bytes, a whole number from 1024 to 1048576")]
    [InlineData("{trustDomain: a, http: {sniffTimeout: 1m}}", "5:41 spec.http.sniffTimeout: \"1m\" is not right here; expected is a duration from 10ms to 30s")]
    [InlineData("{trustDomain: a, http: {encodedSlashes: Decode}}", "5:43 spec.http.encodedSlashes: \"Decode\": no such value; known are Keep, Reject")]
    [InlineData("{trustDomain: a, http: {floods: {pings: {burst: 1}}}}", "5:43 spec.http.floods.pings.perSecond: the field is missing; expected is a count")]
    [InlineData("{trustDomain: a, http: {floods: {pings: 5}}}", "5:43 spec.http.floods.pings: the number 5 stands here; expected is a limit on floods")]
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
