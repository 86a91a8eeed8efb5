using System.Security.Cryptography.X509Certificates;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Identity;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>
/// A caller on node "a"; on the machine "c" nginx as a workload of the mesh, but in our daemon's place one that knows CONNECT alone
/// (hbone_server.py). One mesh for a class.
/// </summary>
public sealed class HboneMesh : IAsyncLifetime
{
    public const string Nginx4 = "240.240.0.30";
    public const string Nginx6 = "[fd00:240::30]";

    /// <summary>The port of the service behind which nginx speaks HTTP/1.1, the one behind which it speaks HTTP/2, and one that nobody serves.</summary>
    public const int Http1 = 80;
    public const int Http2 = 82;
    public const int Nobody = 99;

    public const string Identity = "spiffe://test.example/ns/default/sa/nginx";

    internal static readonly CommandOptions Caller = CommandOptions.As(2001);

    private static readonly string Resources = TestMesh.Caller("caller", 2001) + """
        apiVersion: nodemesh.io/v1
        kind: Node
        metadata: { name: c }
        spec: { addresses: [10.77.0.2, "fd77::2"] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: nginx, labels: { app: nginx } }
        spec:
          node: c
          selector: { uid: 3001 }
          ports:
            - { name: http, port: 8080, protocol: http }
            - { name: http2, port: 8070, protocol: http2 }
            - { name: nobody, port: 8099, protocol: http }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: nginx }
        spec:
          selector: { app: nginx }
          vips: [240.240.0.30, "fd00:240::30"]
          ports:
            - { name: http, port: 80, targetPort: http }
            - { name: http2, port: 82, targetPort: http2 }
            - { name: nobody, port: 99, targetPort: nobody }

        """;

    private const string NginxConfiguration = """
        daemon off; pid /run/tmp/nginx.pid; error_log stderr; worker_processes 1;
        events { worker_connections 1024; }
        http {
          access_log off;
          client_max_body_size 0; keepalive_requests 100000;
          client_body_temp_path /run/tmp/nginx/b; proxy_temp_path /run/tmp/nginx/p; fastcgi_temp_path /run/tmp/nginx/f;
          uwsgi_temp_path /run/tmp/nginx/u; scgi_temp_path /run/tmp/nginx/s;
          server {
            listen 8080; listen [::]:8080; listen 8070 http2; listen [::]:8070 http2;
            location / { return 200 "hello over $server_protocol\n"; }
            location /files/ { root /run/tmp/nginx; dav_methods PUT; }
          }
        }
        """;

    private CertificateForge _forge = null!;

    internal TestMesh Mesh { get; private set; } = null!;

    internal MeshNode A => Mesh["a"];

    /// <summary>Its daemon is <see cref="Daemon"/>.</summary>
    internal Machine C { get; private set; } = null!;

    /// <summary>hbone_server.py.</summary>
    internal BackgroundProcess Daemon { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mesh = await TestMesh.StartAsync(Resources, "a");
        C = await Mesh.Network.AddMachineAsync("c");
        _forge = new CertificateForge(Mesh.Authority);
        using (var leaf = _forge.Make([Identity]))
        {
            await C.WriteFileAsync("/run/tmp/hbone.crt", leaf.ExportCertificatePem() + "\n" + _forge.Issuing.ExportCertificatePem() + "\n");
            await C.WriteFileAsync("/run/tmp/hbone.key", leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
        }

        await C.WriteFileAsync("/run/tmp/root.crt", await File.ReadAllTextAsync(Mesh.Authority.RootFile));
        await C.OutputOfAsync("sh", "-c", "mkdir -p /run/tmp/nginx/files && chown -R 3001:3001 /run/tmp/nginx");
        await C.WriteFileAsync("/run/tmp/nginx.conf", NginxConfiguration);
        var nginx = C.Start(CommandOptions.As(3001), "nginx", "-c", "/run/tmp/nginx.conf");
        await nginx.WaitForListenerAsync(8080);
        await StartDaemonAsync();
    }

    public async Task DisposeAsync()
    {
        _forge.Dispose();
        await Mesh.DisposeAsync();
    }

    internal async Task StartDaemonAsync()
    {
        Daemon = C.StartPeer("hbone_server.py", "--cert", "/run/tmp/hbone.crt", "--key", "/run/tmp/hbone.key", "--ca", "/run/tmp/root.crt", "--streams", "8");
        await Daemon.WaitForLineAsync("ready");
    }

    /// <summary>What curl prints on machine a as the caller; it must succeed.</summary>
    internal async Task<string> CurlAsync(params string[] arguments) =>
        (await A.Machine.RunAsync(Caller, "curl", ["-sS", "--max-time", "25", .. arguments])).EnsureSuccess().Output;
}
