using NodeMesh.Resources.Loading;

namespace NodeMesh.Resources.Tests;

/// <summary>Keeps docs/resources.md true.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public void Every_field_of_every_kind_is_in_the_reference_and_no_other()
    {
        foreach (var kind in KnownKinds.All)
        {
            var documented = FieldsInTables(SectionOf(kind.Kind)).Order(StringComparer.Ordinal);

            Assert.Equal(kind.SpecFields().Order(StringComparer.Ordinal), documented);
        }
    }

    [Fact]
    public void Every_example_of_the_reference_is_right()
    {
        foreach (var kind in KnownKinds.All)
        {
            var example = SectionOf(kind.Kind).Split("```yaml\n")[1].Split("```")[0];
            var parse = Given.Parse(example);

            Assert.True(parse.Issues.IsEmpty, string.Join('\n', parse.Issues.AsEnumerable()));
            Assert.All(parse.Resources, resource => Assert.Equal(kind.Kind, resource.Kind));
            Assert.NotEmpty(parse.Resources);
        }
    }

    private static string SectionOf(string kind)
    {
        var section = Reference().Split("\n## ").FirstOrDefault(part => part.StartsWith(kind + "\n", StringComparison.Ordinal));
        Assert.True(section is not null, $"docs/resources.md has no section {kind}");
        return section;
    }

    private static string Reference()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "NodeMesh.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("NodeMesh.sln is in no parent directory of the tests");
        }

        return File.ReadAllText(Path.Combine(directory.FullName, "docs", "resources.md"));
    }

    /// <summary>What stands in code quotes in the first column of a table.</summary>
    private static IEnumerable<string> FieldsInTables(string section) => section.Split('\n')
        .Where(line => line.StartsWith("| `spec.", StringComparison.Ordinal))
        .SelectMany(line => line.Split('|')[1].Split('`').Where((_, i) => i % 2 == 1));
}
