using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>
/// Attackers on node "a" and outside the mesh; on node "b" nginx and http_server.py, which are attacked, and hostile_http_server.py, which attacks.
/// One mesh for a class.
/// </summary>
public sealed class HostileMesh : IAsyncLifetime
{
    public const string Nginx = "240.240.0.20";

    /// <summary>http_server.py, behind a service whose requests may take two seconds.</summary>
    public const string Slow = "240.240.0.21";

    /// <summary>hostile_http_server.py in HTTP/1.1 and HTTP/2.</summary>
    public const string Hostile1 = "240.240.0.22";
    public const string Hostile2 = "240.240.0.23";

    /// <summary>Where nginx listens on node "b", in plaintext from outside too.</summary>
    public const int NginxPort = 8080;

    internal static readonly CommandOptions Attacker = new() { Uid = 2001, MaxOpenFiles = 8192 };
    internal static readonly CommandOptions Bystander = CommandOptions.As(2002);

    private static readonly string Resources = TestMesh.Caller("attacker", 2001) + TestMesh.Caller("bystander", 2002) + """
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: { name: mesh }
        spec: { trustDomain: test.example, http: { headerTimeout: 2s } }
        ---
        apiVersion: nodemesh.io/v1
        kind: PeerAuthentication
        metadata: { name: all }
        spec: { mtls: { mode: PERMISSIVE } }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: nginx, labels: { app: nginx } }
        spec: { node: b, selector: { uid: 3001 }, ports: [{ name: http, port: 8080, protocol: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: nginx }
        spec: { selector: { app: nginx }, vips: [240.240.0.20], ports: [{ port: 80, targetPort: http }], connectionPool: { maxRequests: 5000, maxConnections: 4000 } }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: slow, labels: { app: slow } }
        spec: { node: b, selector: { uid: 3002 }, ports: [{ name: http, port: 8090, protocol: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: slow }
        spec: { selector: { app: slow }, vips: [240.240.0.21], ports: [{ port: 80, targetPort: http }], timeouts: { request: 2s } }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: hostile1, labels: { app: hostile1 } }
        spec: { node: b, selector: { uid: 3003 }, ports: [{ name: http, port: 8091, protocol: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: hostile1 }
        spec: { selector: { app: hostile1 }, vips: [240.240.0.22], ports: [{ port: 80, targetPort: http }], timeouts: { request: 5s } }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: hostile2, labels: { app: hostile2 } }
        spec: { node: b, selector: { uid: 3004 }, ports: [{ name: http2, port: 8092, protocol: http2 }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: hostile2 }
        spec: { selector: { app: hostile2 }, vips: [240.240.0.23], ports: [{ port: 80, targetPort: http2 }], timeouts: { request: 5s } }
        """;

    private const string NginxConfiguration = """
        daemon off; pid /run/tmp/nginx.pid; error_log stderr; worker_processes 1;
        events { worker_connections 4096; }
        http {
          access_log off;
          client_body_temp_path /run/tmp/nginx/b; proxy_temp_path /run/tmp/nginx/p; fastcgi_temp_path /run/tmp/nginx/f;
          uwsgi_temp_path /run/tmp/nginx/u; scgi_temp_path /run/tmp/nginx/s;
          server { listen 8080; location / { return 200 "hello from nginx\n"; } }
        }
        """;

    internal TestMesh Mesh { get; private set; } = null!;

    internal MeshNode A => Mesh["a"];

    internal MeshNode B => Mesh["b"];

    /// <summary>A machine outside the mesh.</summary>
    internal Machine Outsider { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mesh = await TestMesh.StartAsync(Resources, "a", "b");
        Outsider = await Mesh.Network.AddMachineAsync("outsider");
        await B.Machine.OutputOfAsync("sh", "-c", "mkdir -p /run/tmp/nginx && chown -R 3001:3001 /run/tmp/nginx");
        await B.Machine.WriteFileAsync("/run/tmp/nginx.conf", NginxConfiguration);
        var nginx = B.Machine.Start(new CommandOptions { Uid = 3001, MaxOpenFiles = 8192 }, "nginx", "-c", "/run/tmp/nginx.conf");
        var slow = B.Machine.StartPeer(CommandOptions.As(3002), "http_server.py", "8090");
        var hostile1 = B.Machine.StartPeer(CommandOptions.As(3003), "hostile_http_server.py", "8091");
        var hostile2 = B.Machine.StartPeer(CommandOptions.As(3004), "hostile_http_server.py", "8092");
        await Task.WhenAll(
            nginx.WaitForListenerAsync(NginxPort), slow.WaitForLineAsync("ready"), hostile1.WaitForLineAsync("ready"), hostile2.WaitForLineAsync("ready"));
    }

    public async Task DisposeAsync() => await Mesh.DisposeAsync();
}
