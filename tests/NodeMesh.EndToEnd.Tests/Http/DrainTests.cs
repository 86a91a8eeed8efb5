using System.Globalization;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>Daemons that stop in order while requests are made all the time, quick ones and some that take a while: none is lost.</summary>
public class DrainTests : IAsyncLifetime
{
    /// <summary>Answered before the daemon is told to stop.</summary>
    private const int Before = 4000;

    private static readonly CommandOptions Caller = CommandOptions.As(2001);

    private static readonly string Resources = TestMesh.Caller("caller", 2001) + """
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: nginx, labels: { app: nginx } }
        spec: { node: b, selector: { uid: 3001 }, ports: [{ name: http, port: 8080, protocol: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: nginx }
        spec: { selector: { app: nginx }, vips: [240.240.0.20], ports: [{ port: 80, targetPort: http }] }
        """;

    /// <summary>A slow answer takes most of a second.</summary>
    private const string NginxConfiguration = """
        daemon off; pid /run/tmp/nginx.pid; error_log stderr; worker_processes 1;
        events { worker_connections 4096; }
        http {
          access_log off; keepalive_requests 100000;
          client_body_temp_path /run/tmp/nginx/b; proxy_temp_path /run/tmp/nginx/p; fastcgi_temp_path /run/tmp/nginx/f;
          uwsgi_temp_path /run/tmp/nginx/u; scgi_temp_path /run/tmp/nginx/s;
          server {
            listen 8080;
            location / { return 200 "hello from nginx\n"; }
            location /slow { root /run/tmp/nginx; limit_rate 16k; }
          }
        }
        """;

    private TestMesh _mesh = null!;

    public async Task InitializeAsync()
    {
        _mesh = await TestMesh.StartAsync(Resources, "a", "b");
        var machine = _mesh["b"].Machine;
        await machine.OutputOfAsync("sh", "-c", "mkdir -p /run/tmp/nginx && head -c 30000 /dev/zero >/run/tmp/nginx/slow && chown -R 3001:3001 /run/tmp/nginx");
        await machine.WriteFileAsync("/run/tmp/nginx.conf", NginxConfiguration);
        await machine.Start(CommandOptions.As(3001), "nginx", "-c", "/run/tmp/nginx.conf").WaitForListenerAsync(8080);
    }

    public async Task DisposeAsync() => await _mesh.DisposeAsync();

    [Fact]
    public async Task No_request_that_is_under_way_when_the_daemon_of_its_client_stops_fails()
    {
        var clients = await StartClientsAsync();
        var stopped = await StopAsync(_mesh["a"]);
        Assert.Equal(0, stopped.ExitCode);

        // They end by themselves: no connection can be made any more.
        foreach (var client in clients)
        {
            var said = await EndOfAsync(client);
            Assert.True(said["failed"] == 0 && said["refused"] == 0, client.ToString());
        }
    }

    [Fact]
    public async Task No_request_that_is_under_way_when_the_daemon_of_its_application_stops_fails_and_those_behind_it_are_answered_with_503()
    {
        var clients = await StartClientsAsync();
        var stopped = await StopAsync(_mesh["b"]);
        Assert.Equal(0, stopped.ExitCode);

        foreach (var client in clients)
        {
            client.CloseInput();
            var said = await EndOfAsync(client);
            Assert.True(said["failed"] == 0, client.ToString());
        }

        Assert.All(_mesh["b"].ReadAccessLog(), line => Assert.True(line is { Status: 200, Refusal: null }, $"{line}"));
        Assert.All(
            _mesh["a"].ReadAccessLog().Where(line => line.Status != 200), line => Assert.True(line is { Status: 503, Refusal: "connect-failed" }, $"{line}"));
    }

    private async Task<BackgroundProcess[]> StartClientsAsync()
    {
        const string Address = "240.240.0.20";
        var machine = _mesh["a"].Machine;
        BackgroundProcess[] clients =
        [
            machine.StartPeer(Caller, "steady_client.py", Address, "80", "32"),
            machine.StartPeer(Caller, "steady_client.py", Address, "80", "16", "/slow"),
            machine.StartPeer(Caller, "steady_http2_client.py", Address, "80", "4"),
            machine.StartPeer(Caller, "steady_http2_client.py", Address, "80", "4", "/slow"),
        ];
        foreach (var client in clients)
        {
            await client.WaitForLineAsync("running");
        }

        await Until.TrueAsync(async () => (await _mesh["a"].ScrapeAsync()).Sum("nodemesh_requests_total", "response_code=\"200\"") > Before, $"{Before} answers");
        return clients;
    }

    /// <summary>It ends with its last request, long before the grace time (5 s) is over.</summary>
    private static Task<CommandResult> StopAsync(MeshNode node) => node.Daemon.StopAsync(TimeSpan.FromSeconds(4.5));

    private static async Task<Dictionary<string, int>> EndOfAsync(BackgroundProcess client)
    {
        var words = (await client.WaitForExitAsync()).EnsureSuccess().Output.TrimEnd().Split('\n')[^1].Split(' ');
        return words.Chunk(2).ToDictionary(pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }
}
