using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Operations;

/// <summary>The caller web on node a and the line server on node b: for what operators and accidents do to daemons.</summary>
public sealed class ServiceMesh : IAsyncLifetime
{
    public static readonly string Resources = TestMesh.Caller("web", 2001) + LineServer.Resources;

    internal static readonly CommandOptions Web = CommandOptions.As(2001);

    internal TestMesh Mesh { get; private set; } = null!;

    internal MeshNode A => Mesh["a"];

    internal MeshNode B => Mesh["b"];

    public async Task InitializeAsync()
    {
        Mesh = await TestMesh.StartAsync(Resources, "a", "b");
        await LineServer.StartAsync(B);
    }

    public async Task DisposeAsync() => await Mesh.DisposeAsync();

    internal Task<string> CallAsync(object? address = null) => LineServer.CallAsync(A.Machine, Web, address ?? LineServer.Vip4);
}
