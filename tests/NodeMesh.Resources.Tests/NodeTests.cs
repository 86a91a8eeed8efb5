using System.Net;
using NodeMesh.Resources.Nodes;

namespace NodeMesh.Resources.Tests;

public sealed class NodeTests
{
    [Fact]
    public void Every_field_is_read()
    {
        var node = Given.Read<Node>(Given.Document("Node", """
            addresses: [192.0.2.11, "2001:db8::11"]
            meshPort: 16008
            locality: {region: eu-1, zone: eu-1a}
            """, "{name: web-1.example.org, labels: {rack: r12}}"));

        Assert.Equal(new ResourceKey("Node", "", "web-1.example.org"), node.Key);
        Assert.Equal([IPAddress.Parse("192.0.2.11"), IPAddress.Parse("2001:db8::11")], node.Addresses);
        Assert.Equal(16008, node.MeshPort);
        Assert.Equal(new Locality { Region = "eu-1", Zone = "eu-1a" }, node.Locality);
        Assert.Equal("r12", node.Metadata.Labels["rack"]);
    }

    [Fact]
    public void The_mesh_port_is_15008_when_none_is_given() => Assert.Equal(15008, Given.Read<Node>(Given.Web1).MeshPort);

    [Theory]
    [InlineData("meshPort: 1", "5:3 spec.addresses: the field is missing; expected is a list, each entry an IP address")]
    [InlineData("addresses: 192.0.2.1", "5:14 spec.addresses: \"192.0.2.1\" stands here; expected is a list")]
    [InlineData("addresses: [web-1]", "5:15 spec.addresses[0]: \"web-1\" is not right here; expected is an IP address")]
    [InlineData("addresses: [10.1.1.010]", "5:15 spec.addresses[0]: \"10.1.1.010\": an IPv4 address has four decimal numbers")]
    [InlineData("addresses: [\"::ffff:10.0.0.1\"]", "5:15 spec.addresses[0]: \"::ffff:10.0.0.1\": write the IPv4 address itself: 10.0.0.1")]
    [InlineData("addresses: [\"fe80::1%eth0\"]", "5:15 spec.addresses[0]: \"fe80::1%eth0\" is not right here")]
    [InlineData("addresses: [0.0.0.0]", "5:15 spec.addresses[0]: \"0.0.0.0\": no connection can be made to this address")]
    [InlineData("addresses: [192.0.2.1, 192.0.2.1]", "5:26 spec.addresses[1]: \"192.0.2.1\" stands in the list already")]
    [InlineData("{addresses: [192.0.2.1], meshPort: 0}", "5:38 spec.meshPort: the number 0 is not right here; expected is a port, a whole number from 1 to 65535")]
    [InlineData("{addresses: [192.0.2.1], meshPort: 65536}", "5:38 spec.meshPort: the number 65536 is not right here")]
    [InlineData("{addresses: [192.0.2.1], meshPort: \"80\"}", "5:38 spec.meshPort: \"80\" is text; expected is a port, a whole number from 1 to 65535, so write it without quotes")]
    [InlineData("{addresses: [192.0.2.1], meshPort: 080}", "5:38 spec.meshPort: the number 080 is not right here")]
    [InlineData("{addresses: [192.0.2.1], meshPort: [80]}", "5:38 spec.meshPort: a list stands here")]
    [InlineData("{addresses: [192.0.2.1], locality: {zones: a}}", "5:39 spec.locality.zones: a locality has no such field; did you mean \"zone\"? Known are region, zone")]
    public void What_is_wrong_is_named_with_its_place(string spec, string expected) =>
        Given.AssertIssues([expected], Given.IssuesOf(Given.Document("Node", spec)));
}
