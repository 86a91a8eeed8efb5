using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Mesh;

/// <summary>The workload that most tests call: line_server.py of uid 3001 on node b, behind the service "server".</summary>
internal static class LineServer
{
    public const uint Uid = 3001;
    public const int Port = 7007;
    public const string Vip4 = "240.240.0.10";
    public const string Vip6 = "fd00:240::10";
    public const string Identity = "spiffe://test.example/ns/default/sa/server";

    public const string Resources = """
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: server, labels: { app: server } }
        spec:
          node: b
          selector: { uid: 3001 }
          ports: [{ name: lines, port: 7007, protocol: tcp }]
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: server }
        spec:
          selector: { app: server }
          vips: [240.240.0.10, "fd00:240::10"]
          ports: [{ port: 7007, protocol: tcp }]

        """;

    public static async Task<BackgroundProcess> StartAsync(MeshNode node)
    {
        var server = node.Machine.StartPeer(CommandOptions.As(Uid), "line_server.py", "server", $"{Port}");
        await server.WaitForLineAsync("ready");
        return server;
    }

    /// <summary>The greeting that a caller gets, or "failed: ..."; empty when the connection ends without one.</summary>
    public static async Task<string> CallAsync(Machine machine, CommandOptions options, object address, int port = Port)
    {
        var result = await machine.RunAsync(options, "python3", "/run/peers/line_client.py", $"{address}", $"{port}", "--once");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>A connection that stays: every line written to it comes back.</summary>
    public static async Task<BackgroundProcess> ConnectAsync(Machine machine, CommandOptions options, object address, int port = Port)
    {
        var client = machine.StartPeer(options, "line_client.py", $"{address}", $"{port}");
        Assert.StartsWith("server ", await client.ReadLineAsync(), StringComparison.Ordinal);
        return client;
    }

    public static async Task AssertLivesAsync(BackgroundProcess client)
    {
        var line = Guid.NewGuid().ToString();
        await client.WriteLineAsync(line);
        Assert.Equal(line, await client.ReadLineAsync());
    }
}
