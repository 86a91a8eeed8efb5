using System.Text;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Resources.Tests;

/// <summary>What README.md tells people to write must be right.</summary>
public sealed class ReadmeExamplesTests
{
    [Fact]
    public void The_first_mesh_is_a_whole_mesh()
    {
        var load = ResourceLoader.Load([new ResourceFile("mesh.yaml", Encoding.UTF8.GetBytes(Examples()[0]))]);

        Assert.Empty(load.Issues.Select(issue => issue.ToString()));
    }

    [Fact]
    public void Every_example_of_a_resource_is_right()
    {
        var examples = Examples()[1..];

        Assert.Equal(7, examples.Count);
        Assert.All(examples, example =>
        {
            var parse = ResourceLoader.Parse([new ResourceFile("README.md", Encoding.UTF8.GetBytes(example))]);
            Assert.Empty(parse.Issues.Select(issue => issue.ToString()));
            Assert.Single(parse.Resources);
        });
    }

    /// <summary>The fenced YAML blocks, in order, without the indentation of the list they stand in.</summary>
    private static List<string> Examples()
    {
        var examples = new List<string>();
        StringBuilder? open = null;
        var indent = 0;
        foreach (var line in File.ReadLines(Path.Combine(Root(), "README.md")))
        {
            var text = line.TrimStart();
            if (open is null)
            {
                if (text.StartsWith("```yaml", StringComparison.Ordinal))
                {
                    open = new StringBuilder();
                    indent = line.Length - text.Length;
                }
            }
            else if (text == "```")
            {
                examples.Add(open.ToString());
                open = null;
            }
            else
            {
                open.Append(line.Length > indent ? line[indent..] : "").Append('\n');
            }
        }

        return examples;
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "NodeMesh.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }
}
