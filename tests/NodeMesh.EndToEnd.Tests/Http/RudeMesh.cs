using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>
/// Callers on node "a"; on node "b" nginx and nghttpd, which answer, and rude_server.py, which often breaks off; another of these beside the
/// callers. Their servers come and go. A mesh for one test.
/// </summary>
internal sealed class RudeMesh : IAsyncDisposable
{
    public const string Nginx = "240.240.0.20";
    public const string Nghttpd = "240.240.0.22";

    /// <summary>Whom rude_client.py calls: declared as HTTP, as HTTP/2, not declared, and on its own node.</summary>
    public static readonly string[] Targets = ["240.240.0.21:80", "240.240.0.21:81", "240.240.0.21:82", "240.240.0.25:80", Nginx, Nghttpd];

    public static readonly CommandOptions Caller = new() { Uid = 2001, MaxOpenFiles = 16384, Timeout = TimeSpan.FromMinutes(10) };

    private const string Resources = """
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: { name: mesh }
        spec: { trustDomain: test.example, http: { headerTimeout: 3s } }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: caller }
        spec: { node: a, selector: { uid: 2001 } }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: nginx, labels: { app: nginx } }
        spec: { node: b, selector: { uid: 3001 }, ports: [{ name: http, port: 8080, protocol: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: nginx }
        spec: { selector: { app: nginx }, vips: [240.240.0.20], ports: [{ port: 80, targetPort: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: h2, labels: { app: h2 } }
        spec: { node: b, selector: { uid: 3003 }, ports: [{ name: http2, port: 8070, protocol: http2 }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: h2 }
        spec: { selector: { app: h2 }, vips: [240.240.0.22], ports: [{ port: 80, targetPort: http2 }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: rude, labels: { app: rude } }
        spec:
          node: b
          selector: { uid: 3002 }
          ports: [{ name: http, port: 8090, protocol: http }, { name: http2, port: 8091, protocol: http2 }, { name: any, port: 8092 }]
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: rude }
        spec:
          selector: { app: rude }
          vips: [240.240.0.21]
          ports:
            - { name: http, port: 80, targetPort: http }
            - { name: http2, port: 81, targetPort: http2 }
            - { name: any, port: 82, targetPort: any }
          timeouts: { request: 5s }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: near, labels: { app: near } }
        spec: { node: a, selector: { uid: 3006 }, ports: [{ name: http, port: 8095, protocol: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: near }
        spec: { selector: { app: near }, vips: [240.240.0.25], ports: [{ port: 80, targetPort: http }], timeouts: { request: 5s } }
        """;

    private const string NginxConfiguration = """
        daemon off; pid /run/tmp/nginx.pid; error_log stderr; worker_processes 1;
        events { worker_connections 4096; }
        http {
          access_log off; keepalive_requests 500;
          client_body_temp_path /run/tmp/nginx/b; proxy_temp_path /run/tmp/nginx/p; fastcgi_temp_path /run/tmp/nginx/f;
          uwsgi_temp_path /run/tmp/nginx/u; scgi_temp_path /run/tmp/nginx/s;
          server { listen 8080; location / { return 200 "hello from nginx\n"; } }
        }
        """;

    private readonly TestMesh _mesh;
    private readonly Random _chance;
    private readonly Dictionary<int, BackgroundProcess> _servers = [];

    private RudeMesh(TestMesh mesh, Random chance)
    {
        _mesh = mesh;
        _chance = chance;
    }

    public MeshNode A => _mesh["a"];

    public MeshNode B => _mesh["b"];

    public static async Task<RudeMesh> StartAsync(Random chance)
    {
        var mesh = new RudeMesh(await TestMesh.CreateAsync(Resources, "a", "b"), chance);
        foreach (var node in mesh._mesh.Nodes)
        {
            // Written, and kept nowhere: there are millions of lines.
            node.AccessLogOutput = "/dev/null";
        }

        await mesh._mesh.StartAsync();
        await mesh.B.Machine.OutputOfAsync("sh", "-c", "mkdir -p /run/tmp/nginx && echo over HTTP/2 >/run/tmp/nginx/index.html && chown -R 3001:3001 /run/tmp/nginx");
        await mesh.B.Machine.WriteFileAsync("/run/tmp/nginx.conf", NginxConfiguration);
        return mesh;
    }

    public Task StartServersAsync() => Task.WhenAll(Enumerable.Range(0, 4).Select(StartServerAsync));

    public async Task StopServersAsync()
    {
        foreach (var server in _servers.Keys.ToArray())
        {
            await StopServerAsync(server);
        }
    }

    /// <summary>Kills one of the servers and starts it anew.</summary>
    public async Task RestartServerAsync()
    {
        var server = _chance.Next(4);
        await StopServerAsync(server);
        await StartServerAsync(server);
    }

    public async ValueTask DisposeAsync() => await _mesh.DisposeAsync();

    private async Task StartServerAsync(int which)
    {
        var (machine, port) = which == 3 ? (A.Machine, 8095) : (B.Machine, new[] { 8080, 8070, 8090 }[which]);
        var seed = $"{_chance.Next()}";
        var server = which switch
        {
            0 => machine.Start(CommandOptions.As(3001), "nginx", "-c", "/run/tmp/nginx.conf"),
            1 => machine.Start(CommandOptions.As(3003), "nghttpd", "--no-tls", "--htdocs=/run/tmp/nginx", "8070"),
            2 => machine.StartPeer(CommandOptions.As(3002), "rude_server.py", seed, "8090", "8091", "8092"),
            _ => machine.StartPeer(CommandOptions.As(3006), "rude_server.py", seed, "8095"),
        };
        lock (_servers)
        {
            _servers[which] = server;
        }

        await server.WaitForListenerAsync(port);
    }

    private async Task StopServerAsync(int which)
    {
        await _servers[which].DisposeAsync();
        _servers.Remove(which);
    }
}
