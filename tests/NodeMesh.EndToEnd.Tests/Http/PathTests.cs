using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>However a path is spelled, what policy judges is what the application receives, under each of the mesh's options.</summary>
public class PathTests : IAsyncLifetime
{
    private const string Denied = "403 denied-by-policy";
    private const string BadRequest = "400 bad-request";

    private const string Rest = """
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: app, labels: { app: app } }
        spec: { node: b, selector: { uid: 3001 }, ports: [{ name: http, port: 8080, protocol: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: app }
        spec: { selector: { app: app }, vips: [240.240.0.20], ports: [{ port: 80, targetPort: http }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: AuthorizationPolicy
        metadata: { name: admin }
        spec: { selector: { matchLabels: { app: app } }, action: DENY, rules: [{ to: [{ operation: { paths: ["/admin", "/admin/*"] } }] }] }
        """;

    /// <summary>What becomes of these whatever the options are: a path as the application receives it, or the refusal.</summary>
    private static readonly (string Path, string Becomes)[] Always =
    [
        ("/admin", Denied), ("/admin?x", Denied), ("/admin/users", Denied), ("/%61dmin", Denied), ("/%61%64%6D%69%6e", Denied), ("/x/../admin", Denied),
        ("/x/%2e%2e/admin", Denied), ("/x/.%2E/admin", Denied), ("/./admin", Denied), ("/../admin", Denied), ("/admin/.", Denied), ("/open/../../admin/x", Denied),
        ("/admin/../open", "/open"), ("/..", "/"), ("/a/b/../../..", "/"), ("/%7Euser", "/~user"), ("/a%3fb", "/a%3Fb"), ("/%2561dmin", "/%2561dmin"),
        ("/open?x=/../admin", "/open?x=/../admin"), ("/open/..;/admin", "/open/..;/admin"), ("/ADMIN", "/ADMIN"), ("/a%00", BadRequest),
    ];

    private TestMesh _mesh = null!;
    private BackgroundProcess _app = null!;

    public async Task InitializeAsync()
    {
        _mesh = await TestMesh.StartAsync(ResourcesWith(""), "a", "b");
        _app = _mesh["b"].Machine.StartPeer(CommandOptions.As(3001), "http_server.py", "8080");
        await _app.WaitForLineAsync("ready");
    }

    public async Task DisposeAsync() => await _mesh.DisposeAsync();

    [Fact]
    public async Task What_policy_judges_is_what_the_application_receives()
    {
        await AssertBecomeAsync([.. Always, ("//admin", "//admin"), ("/a//b", "/a//b"), ("/admin%2Fx", "/admin%2Fx"), ("/a%2fb", "/a%2Fb"), ("/a%5cb", "/a%5Cb")]);

        await _mesh.ApplyAsync("mesh.yaml", ResourcesWith("mergeSlashes: true"));
        await AssertBecomeAsync([.. Always, ("//admin", Denied), ("///admin//x", Denied), ("/x//..//admin", Denied), ("/a//b///c", "/a/b/c"), ("/a?x=//b", "/a?x=//b"), ("/a%2F%2fb", "/a%2F%2Fb")]);

        await _mesh.ApplyAsync("mesh.yaml", ResourcesWith("encodedSlashes: Reject"));
        await AssertBecomeAsync([.. Always, ("/admin%2Fx", BadRequest), ("/a%2fb", BadRequest), ("/a%5cb", BadRequest), ("/a%5Cb", BadRequest), ("/a?x=%2F", "/a?x=%2F"), ("//admin", "//admin")]);
    }

    private static string ResourcesWith(string option) => TestMesh.Caller("caller", 2001) + $$"""
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: { name: mesh }
        spec: { trustDomain: test.example, http: { {{option}} } }

        """ + Rest;

    private async Task AssertBecomeAsync((string Path, string Becomes)[] samples)
    {
        const string Curl = "curl -sS --globoff --path-as-is --max-time 20 -w '%{http_code} %header{nodemesh-refused}\\n'";

        // curl 7.88 fails when it uses a connection of HTTP/2 with prior knowledge again.
        foreach (var command in new[] { $"set -- $(printf -- '-o /dev/null %s ' \"$@\"); {Curl} --http1.1 \"$@\"", $"for url; do {Curl} --http2-prior-knowledge -o /dev/null \"$url\"; done" })
        {
            var before = Received().Length;
            var urls = samples.Select(sample => $"http://240.240.0.20{sample.Path}");
            var result = await _mesh["a"].Machine.RunAsync(CommandOptions.As(2001), "sh", ["-fc", command, "sh", .. urls]);
            var answers = result.EnsureSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim());
            Assert.Equal(samples.Select(sample => sample.Becomes[0] == '/' ? "200" : sample.Becomes), answers);
            Assert.Equal(samples.Select(sample => sample.Becomes).Where(becomes => becomes[0] == '/'), Received()[before..]);
        }
    }

    /// <summary>The paths that have reached the application.</summary>
    private string[] Received() =>
        [.. _app.Output.Split('\n').Where(line => line.StartsWith("request ", StringComparison.Ordinal)).Select(line => line.Split(' ')[3])];
}
