using System.Xml.Linq;

namespace NodeMesh.Architecture.Tests;

/// <summary>Keeps the reference table of docs/architecture.md true: references go only downwards.</summary>
public sealed class ReferenceTableTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["NodeMesh.Linux"] = [],
        ["NodeMesh.Spiffe"] = [],
        ["NodeMesh.Http"] = [],
        ["NodeMesh.Resources"] = ["NodeMesh.Spiffe"],
        ["NodeMesh.Transport"] = ["NodeMesh.Linux", "NodeMesh.Spiffe"],
        ["NodeMesh.Proxy"] = ["NodeMesh.Http", "NodeMesh.Linux", "NodeMesh.Resources", "NodeMesh.Spiffe", "NodeMesh.Transport"],
        ["NodeMesh.Xds"] = ["NodeMesh.Spiffe"],
        ["NodeMesh.Daemon"] =
            ["NodeMesh.Http", "NodeMesh.Linux", "NodeMesh.Proxy", "NodeMesh.Resources", "NodeMesh.Spiffe", "NodeMesh.Transport", "NodeMesh.Xds"],
        ["NodeMesh.Controller"] = ["NodeMesh.Linux", "NodeMesh.Resources", "NodeMesh.Spiffe", "NodeMesh.Xds"],
        ["NodeMesh.Cli"] = ["NodeMesh.Resources", "NodeMesh.Spiffe"],
    };

    [Fact]
    public void Every_project_references_only_what_the_table_allows()
    {
        foreach (var project in SourceProjects())
        {
            var name = Path.GetFileNameWithoutExtension(project);
            Assert.True(Allowed.TryGetValue(name, out var allowed), $"{name} is not in the reference table");
            Assert.All(References(project), reference => Assert.True(allowed.Contains(reference, StringComparer.Ordinal), $"{name} must not reference {reference}"));
        }
    }

    [Fact]
    public void Every_project_has_tests_of_its_own()
    {
        foreach (var project in SourceProjects())
        {
            var name = Path.GetFileNameWithoutExtension(project);
            Assert.True(File.Exists(Path.Combine(Root(), "tests", name + ".Tests", name + ".Tests.csproj")), $"{name} has no test project");
        }
    }

    [Fact]
    public void Libc_is_called_only_in_Linux_and_libssl_only_in_Transport_Tls()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.cs", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(Path.Combine(Root(), "src"), file);
            if (relative.Contains("/obj/", StringComparison.Ordinal) || !File.ReadAllText(file).Contains("[LibraryImport(", StringComparison.Ordinal))
            {
                continue;
            }

            Assert.True(
                relative.StartsWith("NodeMesh.Linux/", StringComparison.Ordinal) || relative.StartsWith("NodeMesh.Transport/Tls/", StringComparison.Ordinal),
                $"{relative} imports a native library");
        }
    }

    [Fact]
    public void A_namespace_is_the_folder_it_stands_in()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.cs", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(Path.Combine(Root(), "src"), file);
            var declared = File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal));
            if (relative.Contains("/obj/", StringComparison.Ordinal) || declared is null)
            {
                continue;
            }

            var expected = Path.GetDirectoryName(relative)!.Replace('/', '.');
            Assert.Equal($"namespace {expected};", declared);
        }
    }

    private static IEnumerable<string> SourceProjects() =>
        Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.csproj", SearchOption.AllDirectories);

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "NodeMesh.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("NodeMesh.sln is in no parent directory of the tests");
        }

        return directory.FullName;
    }
}
