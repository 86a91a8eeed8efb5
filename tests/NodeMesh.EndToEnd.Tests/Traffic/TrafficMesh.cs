using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Traffic;

/// <summary>
/// Two nodes: on "a" the caller, uid 2001, and a neighbour whom it calls without leaving the machine; on "b" a server, uid 3001, that
/// does all that stream_server.py knows. One mesh for a class; tests leave it as they found it.
/// </summary>
public sealed class TrafficMesh : IAsyncLifetime
{
    public const uint CallerUid = 2001;
    public const int Megabyte = 1 << 20;
    public const int SourceSize = 24 * Megabyte;
    public const string Vip4 = "240.240.0.10";
    public const string Vip6 = "fd00:240::10";

    private static readonly string Resources = TestMesh.Caller("caller", 2001) + """
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: neighbour, labels: { app: neighbour } }
        spec:
          node: a
          selector: { uid: 2003 }
          ports: [{ name: echo, port: 7001, protocol: tcp }]
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: neighbour }
        spec:
          selector: { app: neighbour }
          vips: [240.240.0.11, "fd00:240::11"]
          ports: [{ port: 7001, protocol: tcp }]
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: server, labels: { app: server } }
        spec:
          node: b
          selector: { uid: 3001 }
          ports:
            - { name: echo, port: 7001, protocol: tcp }
            - { name: digest, port: 7002, protocol: tcp }
            - { name: farewell, port: 7003, protocol: tcp }
            - { name: source, port: 7004, protocol: tcp }
            - { name: reset, port: 7005, protocol: tcp }
            - { name: deaf, port: 7006, protocol: tcp }
            - { name: lines, port: 7007, protocol: tcp }
            - { name: nobody, port: 7008, protocol: tcp }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: server }
        spec:
          selector: { app: server }
          vips: [240.240.0.10, "fd00:240::10"]
          ports:
            - { name: echo, port: 7001, protocol: tcp }
            - { name: digest, port: 7002, protocol: tcp }
            - { name: farewell, port: 7003, protocol: tcp }
            - { name: source, port: 7004, protocol: tcp }
            - { name: reset, port: 7005, protocol: tcp }
            - { name: deaf, port: 7006, protocol: tcp }
            - { name: lines, port: 7007, protocol: tcp }
            - { name: nobody, port: 7008, protocol: tcp }
        """;

    private static readonly string[] Modes =
        ["7001=echo", "7002=digest", "7003=farewell", $"7004=source:{SourceSize}", "7005=reset", "7006=deaf"];

    public static TheoryData<string> Vips => [Vip4, Vip6];

    internal TestMesh Mesh { get; private set; } = null!;

    internal MeshNode A => Mesh["a"];

    internal MeshNode B => Mesh["b"];

    internal BackgroundProcess Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mesh = await TestMesh.StartAsync(Resources, "a", "b");
        Server = B.Machine.StartPeer(CommandOptions.As(3001), "stream_server.py", Modes);
        var lines = B.Machine.StartPeer(CommandOptions.As(3001), "line_server.py", "server", "7007");
        var neighbour = A.Machine.StartPeer(CommandOptions.As(2003), "stream_server.py", "7001=echo");
        foreach (var server in new[] { Server, lines, neighbour })
        {
            await server.WaitForLineAsync("ready");
        }
    }

    public async Task DisposeAsync() => await Mesh.DisposeAsync();

    /// <summary>stream_client.py on machine a as the caller, to its end; its lines.</summary>
    internal async Task<string[]> CallAsync(string address, int port, string action, uint uid = CallerUid, string? input = null, TimeSpan? timeout = null)
    {
        var options = new CommandOptions { Uid = uid, Input = input, Timeout = timeout ?? TimeSpan.FromSeconds(30) };
        var result = await A.Machine.RunAsync(options, "python3", "/run/peers/stream_client.py", address, $"{port}", action);
        return result.EnsureSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
