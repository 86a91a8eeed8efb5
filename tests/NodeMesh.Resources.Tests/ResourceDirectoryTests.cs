using NodeMesh.Resources.Loading;

namespace NodeMesh.Resources.Tests;

public sealed class ResourceDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nodemesh-resources-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Files_and_subdirectories_are_read_and_what_is_hidden_or_a_backup_is_not()
    {
        Write("mesh.yaml", Given.Mesh);
        Write("nodes/web.yml", Given.Web1);
        Write("nodes/.web.yaml.swp", "[");
        Write("nodes/web.yml~", "[");
        Write(".git/config.yaml", "[");
        Write("#web.yaml#", "[");
        Write("README.md", "[");

        var load = ResourceDirectory.Load(_directory.FullName);

        Assert.Empty(load.Issues);
        Assert.Equal(["MeshConfig mesh", "Node web-1"], load.Set!.All.AsEnumerable().Select(resource => resource.Key.ToString()));
    }

    [Fact]
    public void A_resource_in_two_files_is_refused_and_both_are_named()
    {
        Write("a.yaml", Given.Mesh);
        Write("b.yaml", "# the same again\n" + Given.Mesh);

        var error = Assert.Single(ResourceDirectory.Load(_directory.FullName).Errors);

        Assert.Equal($"{Full("b.yaml")}:4:18: error: MeshConfig mesh: metadata.name: MeshConfig mesh stands here again; it is first given at {Full("a.yaml")}:1:1", error.ToString());
    }

    [Fact]
    public void One_broken_file_refuses_all()
    {
        Write("a.yaml", Given.Mesh);
        Write("b.yaml", "kind: [\n");

        var load = ResourceDirectory.Load(_directory.FullName);

        Assert.Null(load.Set);
        Assert.StartsWith(Full("b.yaml") + ":2:1: error: ", Assert.Single(load.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_an_error_and_no_exception()
    {
        var load = ResourceDirectory.Load(Full("nowhere"));

        Assert.Null(load.Set);
        Assert.StartsWith(Full("nowhere") + ": error: it cannot be read", Assert.Single(load.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dangling_link_is_an_error_and_no_exception()
    {
        Write("a.yaml", Given.Mesh);
        File.CreateSymbolicLink(Full("b.yaml"), Full("gone.yaml"));

        Assert.StartsWith(Full("b.yaml") + ": error: it cannot be read", Assert.Single(ResourceDirectory.Load(_directory.FullName).Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_a_directory_above_is_not_followed()
    {
        Write("a.yaml", Given.Mesh);
        Directory.CreateSymbolicLink(Full("loop"), _directory.FullName);

        Assert.Empty(ResourceDirectory.Load(_directory.FullName).Issues);
    }

    [Fact]
    public void A_single_file_can_be_loaded()
    {
        Write("a.yaml", Given.Mesh);

        Assert.Single(ResourceDirectory.Load(Full("a.yaml")).Set!.All);
    }

    private string Full(string name) => Path.Combine(_directory.FullName, name);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Full(name))!);
        File.WriteAllText(Full(name), text);
    }
}
