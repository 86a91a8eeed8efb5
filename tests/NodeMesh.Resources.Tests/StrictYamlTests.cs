using System.Globalization;
using System.Text;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Tests;

public sealed class StrictYamlTests
{
    [Theory]
    [InlineData("a", "1:1 : \"a\" stands here; expected is a resource")]
    [InlineData("[]", "1:1 : a list stands here; expected is a resource")]
    [InlineData("kind: Node", "1:1 apiVersion: the field is missing; a resource begins with")]
    [InlineData("apiVersion: nodemesh.io/v1", "1:1 kind: the field is missing; a resource begins with")]
    [InlineData("{apiVersion: v1, kind: Node}", "1:14 apiVersion: \"v1\" is not the apiVersion of Node; write nodemesh.io/v1")]
    [InlineData("{apiVersion: nodemesh.io/v1, kind: Pod}", "1:36 kind: \"Pod\" is no kind that this version knows; known are MeshConfig, Node, Workload")]
    [InlineData("{apiVersion: nodemesh.io/v1, kind: workload}", "1:36 kind: \"workload\" is no kind that this version knows; did you mean \"Workload\"?")]
    [InlineData("{apiVersion: 1, kind: Node}", "1:14 apiVersion: the number 1 is not text; expected is text, so put it in quotes")]
    [InlineData("{apiVersion: nodemesh.io/v1, kind: Node, metadata: {name: a}}", "1:1 spec: the field is missing")]
    [InlineData("{apiVersion: nodemesh.io/v1, kind: Node, metadata: {name: a}, spec: [], status: {}}", "")]
    [InlineData("{apiVersion: nodemesh.io/v1, kind: Node, spec: {addresses: [192.0.2.1]}}", "1:1 metadata: the field is missing")]
    [InlineData("{apiVersion: nodemesh.io/v1, kind: Node, metadata: a, spec: {addresses: [192.0.2.1]}}", "1:52 metadata: \"a\" stands here; expected is the metadata of a Node")]
    [InlineData("{apiVersion: nodemesh.io/v1, kind: Node, metadata: {labels: {a: b}}, spec: {addresses: [192.0.2.1]}}", "1:52 metadata.name: the field is missing; expected is a DNS name")]
    [InlineData("a: &x 1", "1:4 : anchors (&name) are not allowed in resource files")]
    [InlineData("a: *x", "1:4 : aliases (*name) are not allowed in resource files")]
    [InlineData("a: !!str 1", "1:4 : tags (!name) are not allowed in resource files")]
    [InlineData("? [a, b]\n: 1", "1:3 : a field name is expected, not a list")]
    [InlineData("a: \"\\ud800\"", "1:4 : this is not YAML: While scanning a")]
    [InlineData("a: 'b", "1:4 : this is not YAML")]
    [InlineData("a: b: c", "1:5 : this is not YAML")]
    public void What_is_no_resource_is_refused_with_its_place(string text, string expected)
    {
        var issues = Given.IssuesOf(text);

        Assert.NotEmpty(issues);
        Assert.StartsWith(expected, issues[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_given_twice_is_refused_and_both_lines_are_named() =>
        Given.AssertIssues(
            ["6:3 spec.meshPort: the field stands here again; it is first given on line 5", "5:3 spec.addresses: the field is missing"],
            Given.IssuesOf(Given.Document("Node", "meshPort: 1\nmeshPort: 2")));

    [Theory]
    [InlineData("a: 1\nb:\n\tc: 1\n", "3:1 : a tab stands in the indentation")]
    [InlineData("a:\n  b: 1\n  \tc: 2\n", "3:3 : a tab stands in the indentation")]
    [InlineData("# one\n# two\na:\n- b: 1\n\t- c: 2\n", "5:1 : a tab stands in the indentation")]
    public void A_tab_is_named_with_the_line_and_column_it_stands_in(string text, string expected) =>
        Assert.StartsWith(expected, Given.IssuesOf(text)[0], StringComparison.Ordinal);

    [Fact]
    public void A_field_given_twice_in_a_list_is_named_with_its_whole_path() =>
        Assert.StartsWith(
            "5:21 spec.ports[0].port: the field stands here again; it is first given on line 5",
            Given.IssuesOf(Given.Document("Service", "ports: [{port: 1, port: 2}]"))[0],
            StringComparison.Ordinal);

    [Fact]
    public void All_errors_of_all_documents_are_collected()
    {
        var issues = Given.IssuesOf(Given.Document("Node", "addresses: [a, b]\nmeshport: 1") + "---\n" + Given.Document("Service", "ports: [{port: 0}]"));

        Given.AssertIssues(
            ["5:15 spec.addresses[0]", "5:18 spec.addresses[1]", "6:3 spec.meshport: the spec of a Node has no such field; did you mean \"meshPort\"?", "12:18 spec.ports[0].port"],
            issues);
    }

    [Fact]
    public void An_issue_names_file_line_column_resource_and_field()
    {
        var parse = ResourceLoader.Parse([Given.File(Given.Document("Service", "{ports: [{port: 0}], selector: {a: b}}", "{name: cart, namespace: shop}"), "shop.yaml")]);

        Assert.Equal(
            "shop.yaml:5:19: error: Service shop/cart: spec.ports[0].port: the number 0 is not right here; expected is a port, a whole number from 1 to 65535",
            Assert.Single(parse.Issues).ToString());
        Assert.True(parse.HasErrors);
        Assert.Empty(parse.Resources);
    }

    [Fact]
    public void Empty_documents_and_comments_are_left_out() =>
        Assert.Equal("web-1", Given.Read<Nodes.Node>($"# nodes\n---\n---\n{Given.Web1}\n---\n# the end\n").Name);

    [Fact]
    public void A_file_without_documents_is_empty()
    {
        Assert.Empty(Given.Parse("").Issues);
        Assert.Empty(Given.Parse("# nothing\n").Resources);
    }

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_do_no_harm() =>
        Assert.Equal("web-1", Given.Read<Nodes.Node>("\uFEFF" + Given.Web1.ReplaceLineEndings("\r\n")).Name);

    [Fact]
    public void Json_is_read_too() =>
        Assert.Equal("web-1", Given.Read<Nodes.Node>("""{"apiVersion": "nodemesh.io/v1", "kind": "Node", "metadata": {"name": "web-1"}, "spec": {"addresses": ["192.0.2.1"], "meshPort": 15008}}""").Name);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused_with_their_place()
    {
        var parse = ResourceLoader.Parse([new ResourceFile("x.yaml", (byte[])[.. "a: b\nc: d"u8, 0xff, .. "e"u8])]);

        Assert.Equal("x.yaml:2:5: error: the file is not UTF-8 text from here on", Assert.Single(parse.Issues).ToString());
    }

    [Fact]
    public void A_billion_laughs_are_refused_at_the_first()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 10; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
        }

        Given.AssertIssues(["1:5 : anchors"], Given.IssuesOf(text.ToString()));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Nesting_beyond_the_bound_is_refused(string opening) =>
        Assert.Contains(
            $"nested more than {YamlComposer.MaxDepth} deep",
            Assert.Single(Given.IssuesOf("a: " + (opening is "- " ? "\n" : "") + string.Concat(Enumerable.Repeat(opening, 20_000)))),
            StringComparison.Ordinal);

    [Fact]
    public void A_text_beyond_the_bound_is_refused() =>
        Assert.Contains("at most 65536", Assert.Single(Given.IssuesOf("a: " + new string('x', 70_000))), StringComparison.Ordinal);

    [Fact]
    public void A_file_beyond_the_bound_is_refused()
    {
        var parse = ResourceLoader.Parse([new ResourceFile("big.yaml", new byte[DocumentParser.MaxFileBytes + 1])]);

        Assert.StartsWith("big.yaml: error: the file has 16777217 bytes; at most 16777216", Assert.Single(parse.Issues).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_more_than_a_hundred_errors_are_shown()
    {
        var issues = Given.IssuesOf(Given.Document("Node", $"addresses: [{string.Join(", ", Enumerable.Repeat("a", 16))}]"));
        Assert.Equal(16, issues.Length);

        issues = Given.IssuesOf(string.Join("---\n", Enumerable.Repeat(Given.Document("Node", "addresses: [a, b, c]"), 1000)));
        Assert.Equal(101, issues.Length);
        Assert.Contains("there are more errors; the first 100 are shown", issues[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_error_repeats_of_the_file_is_bounded_and_printable()
    {
        var issue = Assert.Single(Given.IssuesOf(Given.Document("Node", $"{{addresses: [192.0.2.1], \"\\e[31m{new string('x', 1000)}\": 1}}")));

        Assert.DoesNotContain('\u001b', issue);
        Assert.True(issue.Length < 400, issue);
    }
}
