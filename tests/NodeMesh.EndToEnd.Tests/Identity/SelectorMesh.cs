using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Identity;

/// <summary>Workloads of node a told apart by control group and program file, calling the line server on node b.</summary>
public sealed class SelectorMesh : IAsyncLifetime
{
    internal TestMesh Mesh { get; private set; } = null!;

    internal MeshNode A => Mesh["a"];

    internal MeshNode B => Mesh["b"];

    internal TestCgroup Red { get; private set; } = null!;

    internal TestCgroup Blue { get; private set; } = null!;

    internal TestCgroup Deep { get; private set; } = null!;

    internal TestCgroup Both { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mesh = await TestMesh.CreateAsync(LineServer.Resources, "a", "b");
        Red = A.Machine.AddCgroup("red.service");
        Blue = A.Machine.AddCgroup("blue.service");
        Deep = Red.AddChild("deep");
        Both = A.Machine.AddCgroup("both.service");
        await Mesh.ApplyAsync("selectors.yaml", string.Join("---\n",
            Workload("red", $"cgroupPath: {Red.Path}"),
            Workload("blue", $"cgroupPath: {Blue.Path}"),
            Workload("deep", $"cgroupPath: {Deep.Path}"),
            Workload("both", $"cgroupPath: {Both.Path}, uid: 2300"),
            Workload("shell", "executable: /usr/bin/bash")));
        await Mesh.StartAsync();
        await LineServer.StartAsync(B);
    }

    public async Task DisposeAsync() => await Mesh.DisposeAsync();

    private static string Workload(string name, string selector) => $$"""
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: {{name}} }
        spec: { node: a, selector: { {{selector}} } }

        """;
}
