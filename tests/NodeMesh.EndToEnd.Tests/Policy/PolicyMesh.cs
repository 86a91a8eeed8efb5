using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Policy;

/// <summary>Two callers on node a, the line server on node b and a copy of it on node a, and a machine outside the mesh.</summary>
public sealed class PolicyMesh : IAsyncLifetime
{
    public const string LocalVip4 = "240.240.0.12";

    internal static readonly CommandOptions Web = CommandOptions.As(2001);
    internal static readonly CommandOptions Guest = CommandOptions.As(2002);

    private static readonly string Resources = TestMesh.Caller("web", 2001) + TestMesh.Caller("guest", 2002) + """
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: local, labels: { app: local } }
        spec:
          node: a
          serviceAccount: server
          selector: { uid: 3001 }
          ports: [{ name: lines, port: 7007, protocol: tcp }]
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: local }
        spec:
          selector: { app: local }
          vips: [240.240.0.12]
          ports: [{ port: 7007, protocol: tcp }]
        ---

        """;

    internal TestMesh Mesh { get; private set; } = null!;

    internal MeshNode A => Mesh["a"];

    internal MeshNode B => Mesh["b"];

    internal Machine Outsider { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mesh = await TestMesh.StartAsync(Resources + LineServer.Resources, "a", "b");
        Outsider = await Mesh.Network.AddMachineAsync("outsider");
        await LineServer.StartAsync(A);
        await LineServer.StartAsync(B);
    }

    public async Task DisposeAsync() => await Mesh.DisposeAsync();

    /// <summary>Puts this in force on both nodes in place of what other tests put there.</summary>
    internal Task SetAsync(string policies) => policies.Length == 0 ? Mesh.RemoveAsync("policy.yaml") : Mesh.ApplyAsync("policy.yaml", policies);

    internal static string Policy(string name, string spec) => $$"""
        ---
        apiVersion: nodemesh.io/v1
        kind: AuthorizationPolicy
        metadata: { name: {{name}} }
        spec: {{spec}}

        """;
}
