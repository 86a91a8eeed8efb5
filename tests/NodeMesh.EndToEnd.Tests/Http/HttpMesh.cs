using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>
/// Callers on node "a"; on node "b" real HTTP servers, each as a user of its own behind a service of its own: nginx, http_server.py, nghttpd
/// (HTTP/2 alone), a gRPC server and, on a port of which no protocol is declared, the line server. One mesh for a class.
/// </summary>
public sealed class HttpMesh : IAsyncLifetime
{
    public const string Nginx4 = "240.240.0.20";
    public const string Nginx6 = "[fd00:240::20]";
    public const string App4 = "240.240.0.21";
    public const string App6 = "[fd00:240::21]";
    public const string Http2App = "240.240.0.22";
    public const string Grpc = "240.240.0.23:50051";
    public const string Lines4 = "240.240.0.24";
    public const string Victim4 = "240.240.0.25";

    /// <summary>The port of nginx and of the application that is declared as HTTP, and the one that is not.</summary>
    public const int Declared = 80;
    public const int Undeclared = 81;

    /// <summary>Declared by the application, which does not listen there.</summary>
    public const int Nobody = 99;

    public const int VictimUid = 3006;
    public const int VictimPort = 8095;
    public const string CallerIdentity = "spiffe://test.example/ns/default/sa/caller";

    internal static readonly CommandOptions Caller = CommandOptions.As(2001);
    internal static readonly CommandOptions Guest = CommandOptions.As(2002);

    private static readonly string Resources = TestMesh.Caller("caller", 2001) + TestMesh.Caller("guest", 2002) + """
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: { name: mesh }
        spec: { trustDomain: test.example, http: { headerTimeout: 3s } }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: nginx, labels: { app: nginx } }
        spec:
          node: b
          selector: { uid: 3001 }
          ports: [{ name: http, port: 8080, protocol: http }, { name: any, port: 8081 }]
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: nginx }
        spec:
          selector: { app: nginx }
          vips: [240.240.0.20, "fd00:240::20"]
          ports: [{ name: http, port: 80, targetPort: http }, { name: any, port: 81, targetPort: any }]
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: app, labels: { app: app } }
        spec:
          node: b
          selector: { uid: 3002 }
          ports:
            - { name: http, port: 8090, protocol: http }
            - { name: any, port: 8091 }
            - { name: nobody, port: 8099, protocol: http }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: app }
        spec:
          selector: { app: app }
          vips: [240.240.0.21, "fd00:240::21"]
          ports:
            - { name: http, port: 80, targetPort: http }
            - { name: any, port: 81, targetPort: any }
            - { name: nobody, port: 99, targetPort: nobody }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: h2, labels: { app: h2 } }
        spec: { node: b, selector: { uid: 3003 }, ports: [{ name: http2, port: 8070, protocol: http2 }, { name: any, port: 8071 }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: h2 }
        spec: { selector: { app: h2 }, vips: [240.240.0.22], ports: [{ name: http2, port: 80, targetPort: http2 }, { name: any, port: 81, targetPort: any }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: grpc, labels: { app: grpc } }
        spec: { node: b, selector: { uid: 3004 }, ports: [{ name: grpc, port: 50051, protocol: grpc }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: grpc }
        spec: { selector: { app: grpc }, vips: [240.240.0.23], ports: [{ port: 50051 }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: lines, labels: { app: lines } }
        spec: { node: b, selector: { uid: 3005 }, ports: [{ name: any, port: 7007 }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: lines }
        spec: { selector: { app: lines }, vips: [240.240.0.24], ports: [{ port: 7007 }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: victim, labels: { app: victim } }
        spec: { node: b, selector: { uid: 3006 }, ports: [{ name: http, port: 8095, protocol: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: victim }
        spec: { selector: { app: victim }, vips: [240.240.0.25], ports: [{ port: 80, targetPort: http }] }
        """;

    private const string NginxConfiguration = """
        daemon off; pid /run/tmp/nginx.pid; error_log stderr; worker_processes 1;
        events { worker_connections 2048; }
        http {
          access_log off;
          client_max_body_size 0; keepalive_requests 500;
          client_body_temp_path /run/tmp/nginx/b; proxy_temp_path /run/tmp/nginx/p; fastcgi_temp_path /run/tmp/nginx/f;
          uwsgi_temp_path /run/tmp/nginx/u; scgi_temp_path /run/tmp/nginx/s;
          server {
            listen 8080; listen 8081;
            location / { return 200 "hello from nginx\n"; }
            location /files/ { root /run/tmp/nginx; dav_methods PUT DELETE; }
          }
        }
        """;

    public static TheoryData<string, int> NginxPorts => new()
    {
        { Nginx4, Declared },
        { Nginx4, Undeclared },
        { Nginx6, Declared },
        { Nginx6, Undeclared },
    };

    public static TheoryData<string, int> AppPorts => new()
    {
        { App4, Declared },
        { App4, Undeclared },
        { App6, Declared },
        { App6, Undeclared },
    };

    internal TestMesh Mesh { get; private set; } = null!;

    internal MeshNode A => Mesh["a"];

    internal MeshNode B => Mesh["b"];

    /// <summary>http_server.py.</summary>
    internal BackgroundProcess App { get; private set; } = null!;

    internal BackgroundProcess GrpcServer { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mesh = await TestMesh.StartAsync(Resources, "a", "b");
        await B.Machine.OutputOfAsync("sh", "-c", "mkdir -p /run/tmp/nginx/files && echo over HTTP/2 >/run/tmp/nginx/index.html && chown -R 3001:3001 /run/tmp/nginx");
        await B.Machine.WriteFileAsync("/run/tmp/nginx.conf", NginxConfiguration);
        var nginx = B.Machine.Start(CommandOptions.As(3001), "nginx", "-c", "/run/tmp/nginx.conf");
        var nghttpd = B.Machine.Start(CommandOptions.As(3003), "nghttpd", "--no-tls", "--htdocs=/run/tmp/nginx", "--echo-upload", "8070");
        var undeclared = B.Machine.Start(CommandOptions.As(3003), "nghttpd", "--no-tls", "--htdocs=/run/tmp/nginx", "8071");
        App = B.Machine.StartPeer(CommandOptions.As(3002), "http_server.py", "8090", "8091");
        GrpcServer = B.Machine.StartPeer(CommandOptions.As(3004), "grpc_server.py", "50051");
        var lines = B.Machine.StartPeer(CommandOptions.As(3005), "line_server.py", "server", "7007");
        await Task.WhenAll(
            nginx.WaitForListenerAsync(8080),
            nghttpd.WaitForListenerAsync(8070),
            undeclared.WaitForListenerAsync(8071),
            App.WaitForLineAsync("ready"),
            GrpcServer.WaitForLineAsync("ready"),
            lines.WaitForLineAsync("ready"));
    }

    public async Task DisposeAsync() => await Mesh.DisposeAsync();

    /// <summary>A second http_server.py, for a test that does it harm.</summary>
    internal async Task<BackgroundProcess> StartVictimAsync()
    {
        var victim = B.Machine.StartPeer(CommandOptions.As(VictimUid), "http_server.py", $"{VictimPort}");
        await victim.WaitForLineAsync("ready");
        return victim;
    }

    /// <summary>What curl prints on machine a as the caller; it must succeed.</summary>
    internal async Task<string> CurlAsync(params string[] arguments) => (await TryCurlAsync(Caller, arguments)).EnsureSuccess().Output;

    internal Task<CommandResult> TryCurlAsync(CommandOptions caller, params string[] arguments) =>
        A.Machine.RunAsync(caller, "curl", ["-sS", "--max-time", "25", .. arguments]);

    /// <summary>The status that is answered, and the refusal in it.</summary>
    internal async Task<string> StatusAsync(CommandOptions caller, params string[] arguments) =>
        (await TryCurlAsync(caller, ["-o", "/dev/null", "-w", "%{http_code} %header{nodemesh-refused}", .. arguments])).EnsureSuccess().Output.TrimEnd();

    /// <summary>Bytes on a connection of their own, and all that comes back; the last line says how it ended.</summary>
    internal async Task<string[]> SendRawAsync(string address, int port, params string[] texts)
    {
        var result = await A.Machine.RunAsync(Caller, "python3", ["/run/peers/raw_client.py", address, $"{port}", .. texts]);
        return result.EnsureSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
