using System.Text;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Resources.Tests;

/// <summary>Resource files as tests write them.</summary>
internal static class Given
{
    public const string Mesh = """
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: {name: mesh}
        spec: {trustDomain: example.org}
        """;

    public const string Web1 = """
        apiVersion: nodemesh.io/v1
        kind: Node
        metadata: {name: web-1}
        spec: {addresses: [192.0.2.11]}
        """;

    /// <summary>A document whose spec begins on line 5, two columns in.</summary>
    public static string Document(string kind, string spec, string metadata = "{name: x}") =>
        $"apiVersion: nodemesh.io/v1\nkind: {kind}\nmetadata: {metadata}\nspec:\n{Indent(spec)}\n";

    public static ResourceFile File(string text, string name = "x.yaml") => new(name, Encoding.UTF8.GetBytes(text));

    public static ResourceParse Parse(string text) => ResourceLoader.Parse([File(text)]);

    /// <summary>The one resource of a text that has no issue.</summary>
    public static T Read<T>(string text)
        where T : Resource
    {
        var parse = Parse(text);
        Assert.True(parse.Issues.IsEmpty, string.Join((char)10, parse.Issues.AsEnumerable()));
        return Assert.IsType<T>(Assert.Single(parse.Resources));
    }

    /// <summary>The issues of a text, as <c>line:column path: message</c>.</summary>
    public static string[] IssuesOf(string text) => Shown(Parse(text).Issues);

    /// <summary>Loads a mesh of these documents.</summary>
    public static ResourceLoad Load(params string[] documents) => ResourceLoader.Load([File(string.Join("\n---\n", documents))]);

    /// <summary>The set of these documents, which has no error.</summary>
    public static ResourceSet Set(params string[] documents)
    {
        var load = Load(documents);
        Assert.Empty(load.Errors);
        return load.Set!;
    }

    /// <summary>The issues of a mesh without places: <c>error Service shop/cart: spec.vips[0]: message</c>.</summary>
    public static string[] IssuesOfMesh(params string[] documents) => Load(documents).Issues.AsEnumerable()
        .Select(issue => $"{(issue.Severity == IssueSeverity.Error ? "error" : "warning")} {issue.Resource}: {issue.FieldPath}: {issue.Message}")
        .ToArray();

    /// <summary>Asserts that there is one issue for each expected beginning, in this order.</summary>
    public static void AssertIssues(string[] expected, string[] actual)
    {
        Assert.True(
            expected.Length == actual.Length && expected.Zip(actual).All(pair => pair.Second.StartsWith(pair.First, StringComparison.Ordinal)),
            $"expected:\n{string.Join('\n', expected)}\nactual:\n{string.Join('\n', actual)}");
    }

    private static string[] Shown(ValueList<ResourceIssue> issues) => issues.AsEnumerable()
        .Select(issue => $"{issue.Location.Line}:{issue.Location.Column} {issue.FieldPath}: {issue.Message}")
        .ToArray();

    private static string Indent(string text) => string.Join('\n', text.Split('\n').Select(line => "  " + line));
}
