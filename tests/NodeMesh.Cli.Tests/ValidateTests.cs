using System.Text.Json.Nodes;

namespace NodeMesh.Cli.Tests;

public sealed class ValidateTests : IDisposable
{
    private const string Mesh = """
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata:
          name: mesh
        spec:
          trustDomain: example.org
        ---
        apiVersion: nodemesh.io/v1
        kind: Node
        metadata:
          name: web-1
        spec:
          addresses: [192.0.2.1]

        """;

    private const string Workload = """
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata:
          name: cart-1
          namespace: shop
        spec:
          node: web-2
          selector:
            user: cart

        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_file_without_a_resource_is_said_to_be_so()
    {
        var file = _directory.Write("x.yaml", "# nothing yet\n---\n");

        var run = await Ctl.RunAsync("validate", file);

        Assert.Equal(new CtlRun(0, $"warning: there is no resource in {file}: nothing but empty documents and comments\n", ""), run);
    }

    [Fact]
    public async Task A_directory_whose_files_are_empty_is_no_mesh()
    {
        _directory.Write("x.yaml", "# nothing yet\n");

        var run = await Ctl.RunAsync("validate", _directory.Path);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error: there is no resource at all, and so no MeshConfig; add one, named mesh", run.Output);
    }

    [Fact]
    public async Task A_whole_mesh_that_is_right_exits_0()
    {
        _directory.Write("mesh.yaml", Mesh);
        Assert.Equal(new CtlRun(0, "2 resources are valid (as a whole mesh)\n", ""), await Ctl.RunAsync("validate", _directory.Path));
    }

    [Fact]
    public async Task An_error_has_file_line_column_and_field()
    {
        var file = _directory.Write("cart.yaml", Workload.Replace("node: web-2", "nodd: web-2", StringComparison.Ordinal));
        var run = await Ctl.RunAsync("validate", file);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{file}:7:3: error: Workload shop/cart-1: spec.nodd: ", run.Output);
        Assert.Contains("did you mean \"node\"?", run.Output);
    }

    [Fact]
    public async Task Files_without_a_mesh_are_judged_each_by_itself()
    {
        var run = await Ctl.RunAsync("validate", _directory.Write("cart.yaml", Workload));
        Assert.Equal(new CtlRun(0, "1 resource is valid (each by itself: whether what they name exists was not asked)\n", ""), run);
    }

    [Fact]
    public async Task What_a_resource_names_must_exist_in_a_directory()
    {
        _directory.Write("mesh.yaml", Mesh);
        var cart = _directory.Write("shop/cart.yaml", Workload);
        var run = await Ctl.RunAsync("validate", _directory.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{cart}:7:9: error: Workload shop/cart-1: spec.node: there is no Node web-2", run.Output);
    }

    [Fact]
    public async Task Standard_input_is_read()
    {
        Assert.Equal(0, (await Ctl.RunAsync(["validate", "-"], input: Mesh)).ExitCode);
        var run = await Ctl.RunAsync(["validate", "-"], input: Mesh.Replace("example.org", "[]", StringComparison.Ordinal));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("<stdin>:6:16: error: MeshConfig mesh: spec.trustDomain: ", run.Output);
    }

    [Fact]
    public async Task Scripts_get_the_issues_as_JSON()
    {
        var file = _directory.Write("cart.yaml", Workload.Replace("node: web-2", "nodd: web-2", StringComparison.Ordinal));
        var report = JsonNode.Parse((await Ctl.RunAsync("validate", file, "-o", "json")).Output)!;
        Assert.False((bool?)report["valid"]);
        var issue = report["issues"]!.AsArray().Single(issue => (string?)issue!["field"] == "spec.nodd")!;
        Assert.Equal(("error", file, 7, 3), ((string?)issue["severity"], (string?)issue["file"], (int?)issue["line"], (int?)issue["column"]));
    }

    [Fact]
    public async Task Warnings_are_shown_and_do_not_count()
    {
        _directory.Write("mesh.yaml", Mesh + """
            ---
            apiVersion: nodemesh.io/v1
            kind: Service
            metadata: { name: lonely, namespace: shop }
            spec:
              selector: { app: nobody }
              ports: [ { name: http, port: 80 } ]

            """);
        var run = await Ctl.RunAsync("validate", _directory.Path);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(": warning: Service shop/lonely: spec.selector: no workload", run.Output);
    }

    [Fact]
    public async Task A_path_that_is_not_there_exits_1()
    {
        var run = await Ctl.RunAsync("validate", _directory["none.yaml"]);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"error: there is no file or directory {_directory["none.yaml"]}\n", run.Error);
    }

    [Fact]
    public async Task An_empty_directory_is_a_mistake()
    {
        var run = await Ctl.RunAsync("validate", _directory.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("there is no resource file in", run.Error);
    }
}
