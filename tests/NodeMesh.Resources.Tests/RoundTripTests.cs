using System.Text.Json;

namespace NodeMesh.Resources.Tests;

public sealed class RoundTripTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_written_as_YAML_or_JSON_reads_as_the_same(bool defaults)
    {
        var resources = Samples.All();

        AssertSame(resources, Given.Parse(ResourceWriter.ToYaml(resources, defaults)));
        foreach (var resource in resources)
        {
            var json = ResourceWriter.ToJson(resource, defaults);
            using var document = JsonDocument.Parse(json);
            AssertSame([resource], Given.Parse(json));
        }

        using var array = JsonDocument.Parse(ResourceWriter.ToJson(resources));
        Assert.Equal(resources.Count, array.RootElement.GetArrayLength());
    }

    [Fact]
    public void Yaml_is_written_as_an_operator_would()
    {
        var text = Given.Document("Workload", """
            node: web-1
            selector: {user: www-data}
            ports: [{name: http, port: 8080, protocol: http}, {name: raw, port: 9000}]
            healthCheck: {tcp: {port: http}}
            """, "{name: cart, namespace: shop, labels: {app: cart, version: \"1.10\"}, annotations: {note: 'yes'}}");

        Assert.Equal(
            """
            apiVersion: nodemesh.io/v1
            kind: Workload
            metadata:
              name: cart
              namespace: shop
              labels:
                app: cart
                version: "1.10"
              annotations:
                note: "yes"
            spec:
              node: web-1
              selector:
                user: www-data
              ports:
                - name: http
                  port: 8080
                  protocol: http
                - name: raw
                  port: 9000
              healthCheck:
                tcp:
                  port: http

            """,
            ResourceWriter.ToYaml(Given.Parse(text).Resources));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" leading")]
    [InlineData("trailing ")]
    [InlineData("a: b # c")]
    [InlineData("line\nline\r\n\ttab")]
    [InlineData("\"quoted\" \\ 'single'")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("1e3")]
    [InlineData("0x1F")]
    [InlineData("22:22")]
    [InlineData("- item")]
    [InlineData("---")]
    [InlineData("%directive")]
    [InlineData("Grüße, 世界 🙂")]
    [InlineData("\u0001\u0085\u00a0\u2028\ufeff")]
    public void Any_text_of_an_annotation_survives(string text)
    {
        var node = Given.Read<Nodes.Node>(Given.Web1);
        var noted = node with { Metadata = node.Metadata with { Annotations = Labels.Of(("note", text)) } };

        AssertSame([noted], Given.Parse(ResourceWriter.ToYaml([noted])));
        AssertSame([noted], Given.Parse(ResourceWriter.ToJson(noted)));
    }

    private static void AssertSame(IReadOnlyList<Resource> expected, Loading.ResourceParse actual)
    {
        Assert.True(actual.Issues.IsEmpty, string.Join('\n', actual.Issues.AsEnumerable()));
        Assert.Equal(expected, actual.Resources);
    }
}
