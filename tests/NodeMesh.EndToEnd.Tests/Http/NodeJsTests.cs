using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>Node's http2 module and the package ws, as clients and as servers.</summary>
public class NodeJsTests : IAsyncLifetime
{
    private const string Http2 = "240.240.0.20";
    private const string WebSockets = "240.240.0.21";

    private static readonly string Resources = TestMesh.Caller("caller", 2001) + """
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: http2, labels: { app: http2 } }
        spec: { node: b, selector: { uid: 3001 }, ports: [{ name: declared, port: 8080, protocol: http2 }, { name: any, port: 8081 }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: http2 }
        spec:
          selector: { app: http2 }
          vips: [240.240.0.20]
          ports: [{ name: declared, port: 80, targetPort: declared }, { name: any, port: 81, targetPort: any }]
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: ws, labels: { app: ws } }
        spec: { node: b, selector: { uid: 3002 }, ports: [{ name: declared, port: 8090, protocol: http }, { name: any, port: 8091 }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: ws }
        spec:
          selector: { app: ws }
          vips: [240.240.0.21]
          ports: [{ name: declared, port: 80, targetPort: declared }, { name: any, port: 81, targetPort: any }]
        """;

    private TestMesh _mesh = null!;

    /// <summary>A server on the port that its service has as 80, and one on that of 81, which no protocol is declared of.</summary>
    private readonly Dictionary<(string Service, int Port), BackgroundProcess> _servers = [];

    public async Task InitializeAsync()
    {
        _mesh = await TestMesh.StartAsync(Resources, "a", "b");
        foreach (var (service, uid, peer, first) in new[] { (Http2, 3001u, "node_http2_server.js", 8080), (WebSockets, 3002u, "node_ws_server.js", 8090) })
        {
            foreach (var offset in new[] { 0, 1 })
            {
                _servers[(service, 80 + offset)] = _mesh["b"].Machine.Start(Node(uid), "node", $"/run/peers/{peer}", $"{first + offset}");
            }
        }

        await Task.WhenAll(_servers.Values.Select(server => server.WaitForLineAsync("ready")));
    }

    public async Task DisposeAsync() => await _mesh.DisposeAsync();

    [Fact]
    public async Task Two_ends_of_http2_get_what_they_would_without_a_mesh()
    {
        foreach (var port in new[] { 80, 81 })
        {
            Assert.Equal("200 uploads", await AskAsync(port, "streams"));
            Assert.Equal("50 MB each way", await AskAsync(port, "large"));
            Assert.Equal("103 </style.css>; rel=preload 200 late", await AskAsync(port, "early"));
            Assert.Equal("push false", await AskAsync(port, "push"));

            Assert.Equal("push false", await AskAsync(port, "cancel"));
            await _servers[(Http2, port)].WaitForLineAsync("ended 8");
        }
    }

    [Fact]
    public async Task Two_ends_of_ws_exchange_messages_of_every_size_and_tell_each_other_why_they_close()
    {
        foreach (var port in new[] { 80, 81 })
        {
            var server = _servers[(WebSockets, port)];
            Assert.Equal(
                "open chat permessage-deflate\nreceived 300000 true true\npong are you there\npong and you\nclosed 4001 done", await AskWebSocketAsync(port, "messages"));
            await server.WaitForLineAsync("closed 4001 done");

            Assert.Equal("closed 4002 enough", await AskWebSocketAsync(port, "closed"));
            await server.WaitForLineAsync("closed 4002 enough");

            Assert.Equal("closed 1006 ", await AskWebSocketAsync(port, "dropped"));
            await server.WaitForLineAsync("closed 1006");
        }

        await Until.TrueAsync(
            async () => (await _mesh["b"].ScrapeAsync()).Sum("nodemesh_requests_in_flight") == 0 && await _mesh["a"].Admin.OpenConnectionsAsync() == 0, "all WebSockets to be over");
    }

    private Task<string> AskAsync(int port, string what) => RunAsync("node_http2_client.js", Http2, port, what);

    private Task<string> AskWebSocketAsync(int port, string what) => RunAsync("node_ws_client.js", WebSockets, port, what);

    private async Task<string> RunAsync(string peer, string address, int port, string what)
    {
        var result = await _mesh["a"].Machine.RunAsync(Node(2001), "node", $"/run/peers/{peer}", address, $"{port}", what);
        return result.EnsureSuccess().Output.TrimEnd('\n');
    }

    /// <summary>Debian's own Node looks there by itself; others do not.</summary>
    private static CommandOptions Node(uint uid) =>
        new() { Uid = uid, Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["NODE_PATH"] = "/usr/share/nodejs" } };
}
