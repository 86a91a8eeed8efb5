using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>
/// Requests that hide another one, each in a way that some server has fallen for: what the daemons accept, the application receives as just that, and
/// of the rest it hears nothing.
/// </summary>
public class SmugglingTests : IAsyncLifetime
{
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
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: recorder, labels: { app: recorder } }
        spec: { node: b, selector: { uid: 3002 }, ports: [{ name: http, port: 8090, protocol: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: recorder }
        spec: { selector: { app: recorder }, vips: [240.240.0.21], ports: [{ port: 80, targetPort: http }] }
        """;

    /// <summary>It answers once it has the body, and writes down what it received whole: METHOD TARGET LENGTH.</summary>
    private const string NginxConfiguration = """
        daemon off; pid /run/tmp/nginx.pid; error_log stderr; worker_processes 1;
        events { worker_connections 512; }
        http {
          log_format received "$request_method $request_uri $http_content_length";
          client_body_temp_path /run/tmp/nginx/b; proxy_temp_path /run/tmp/nginx/p; fastcgi_temp_path /run/tmp/nginx/f;
          uwsgi_temp_path /run/tmp/nginx/u; scgi_temp_path /run/tmp/nginx/s;
          server { listen 8080; access_log off; location / { proxy_pass http://127.0.0.1:8081; } }
          server { listen 127.0.0.1:8081; access_log /run/tmp/nginx/received received; location / { return 200 "hello from nginx\n"; } }
        }
        """;

    private TestMesh _mesh = null!;
    private BackgroundProcess _recorder = null!;

    public async Task InitializeAsync()
    {
        _mesh = await TestMesh.StartAsync(Resources, "a", "b");
        var machine = _mesh["b"].Machine;
        await machine.OutputOfAsync("sh", "-c", "mkdir -p /run/tmp/nginx && chown -R 3001:3001 /run/tmp/nginx");
        await machine.WriteFileAsync("/run/tmp/nginx.conf", NginxConfiguration);
        await machine.Start(CommandOptions.As(3001), "nginx", "-c", "/run/tmp/nginx.conf").WaitForListenerAsync(8080);
        _recorder = machine.StartPeer(CommandOptions.As(3002), "recording_server.py", "8090");
        await _recorder.WaitForLineAsync("ready");
    }

    public async Task DisposeAsync() => await _mesh.DisposeAsync();

    [Fact]
    public async Task A_server_that_reads_by_the_letter_receives_what_was_accepted_and_nothing_else()
    {
        var samples = await SendAsync("240.240.0.21");
        Assert.DoesNotContain("malformed", _recorder.Output, StringComparison.Ordinal);
        await AssertReceivedAsync(samples, () => Task.FromResult(_recorder.Output));
    }

    [Fact]
    public async Task Nginx_receives_what_was_accepted_and_nothing_else()
    {
        var samples = await SendAsync("240.240.0.20");
        await AssertReceivedAsync(samples, () => _mesh["b"].Machine.ReadFileAsync("/run/tmp/nginx/received"));
    }

    /// <summary>Every sample is answered as it deserves, and its connection closed.</summary>
    private async Task<(string Name, int Requests)[]> SendAsync(string address)
    {
        var sent = await _mesh["a"].Machine.RunAsync(CommandOptions.As(2001), "python3", "/run/peers/smuggling_client.py", address, "80");
        var lines = sent.EnsureSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 80, sent.ToString());
        var wrong = lines.Where(line => !IsRight(line.Split(' '))).ToArray();
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        return [.. lines.Select(line => line.Split(' ')).Select(words => (words[0], words[1] switch { "one" => 1, "two" => 2, _ => 0 }))];
    }

    /// <summary>NAME EXPECTED STATUSES ENDING. Where the body is malformed its request may have been begun, and is cut without an answer.</summary>
    private static bool IsRight(string[] words) => words[1] switch
    {
        "none" => words[2] is "400" or "501" && words[3] == "end",
        "cut" => words[2] is "400" or "-" && words[3] is "end" or "reset",
        "one" => words[2] == "200" && words[3] == "end",
        _ => words[2] == "200,200" && words[3] == "end",
    };

    private static async Task AssertReceivedAsync(IEnumerable<(string Name, int Requests)> samples, Func<Task<string>> read)
    {
        var expected = samples.SelectMany(sample => new[] { $"/{sample.Name}", $"/hidden-{sample.Name}" }.Take(sample.Requests)).Order(StringComparer.Ordinal).ToArray();
        string[] received = [];
        await Until.TrueAsync(
            async () =>
            {
                // METHOD TARGET LENGTH; an answer may come before its request is written down.
                received = [.. (await read()).Split('\n').Select(line => line.Split(' ')).Where(words => words.Length == 3).Select(words => words[1])];
                return received.Length >= expected.Length;
            },
            $"{expected.Length} requests to be written down");
        Assert.Equal(expected, received.Order(StringComparer.Ordinal));
    }
}
