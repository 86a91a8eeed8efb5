using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>AuthorizationPolicy by method and path, request by request, and what callers cannot pretend to be.</summary>
public class RequestAuthorizationTests(HttpMesh mesh) : IClassFixture<HttpMesh>
{
    private const string ReadersOnly = """
        apiVersion: nodemesh.io/v1
        kind: AuthorizationPolicy
        metadata: { name: readers }
        spec:
          selector: { matchLabels: { app: app } }
          action: ALLOW
          rules:
          - from: [{ source: { serviceAccounts: [caller] } }]
            to: [{ operation: { methods: [GET, HEAD], notPaths: ["/admin*"] } }]
        """;

    private const string Refused = "403 denied-by-policy";

    public static TheoryData<string, string> Callers => new()
    {
        { "--http1.1", $"http://{HttpMesh.App4}" },
        { "--http1.1", $"http://{HttpMesh.App6}" },
        { "--http1.1", $"http://{HttpMesh.App4}:81" },
        { "--http2-prior-knowledge", $"http://{HttpMesh.App4}" },
        { "--http2-prior-knowledge", $"http://{HttpMesh.App6}" },
    };

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task A_request_is_judged_by_its_method_and_path(string version, string url)
    {
        await WithPolicyAsync(ReadersOnly, async () =>
        {
            Assert.Equal("200", await mesh.StatusAsync(HttpMesh.Caller, version, $"{url}/headers"));
            Assert.Equal(Refused, await mesh.StatusAsync(HttpMesh.Caller, version, "-d", "a=b", $"{url}/headers"));
            Assert.Equal(Refused, await mesh.StatusAsync(HttpMesh.Guest, version, $"{url}/headers"));
            foreach (var path in new[] { "/admin", "/admin?a=b", "/x/../admin", "/x/%2e%2e/admin", "/%61dmin", "/./admin/users" })
            {
                Assert.Equal(Refused, await mesh.StatusAsync(HttpMesh.Caller, version, "--path-as-is", url + path));
            }
        });
        Assert.DoesNotContain("admin", mesh.App.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_refused_request_is_logged_with_its_caller_and_the_connection_goes_on()
    {
        await WithPolicyAsync(ReadersOnly, async () =>
        {
            await using var client = await ConnectAsync();
            Assert.StartsWith("200 - ", await AskAsync(client, "GET /headers"), StringComparison.Ordinal);
            Assert.StartsWith(Refused, await AskAsync(client, "GET /admin/logged"), StringComparison.Ordinal);
            Assert.StartsWith("200 - ", await AskAsync(client, "GET /headers"), StringComparison.Ordinal);
        });
        var line = await mesh.B.WaitForAccessLogAsync(entry => entry.Path == "/admin/logged", "the refused request");
        Assert.Equal(("GET", 403, "denied-by-policy"), (line.Method, line.Status, line.Refusal));
        Assert.Equal(HttpMesh.CallerIdentity, line.SourcePrincipal);
    }

    [Fact]
    public async Task A_changed_policy_judges_the_next_request_of_an_old_connection()
    {
        await using var client = await ConnectAsync();
        Assert.StartsWith("200 - ", await AskAsync(client, "POST /digest"), StringComparison.Ordinal);
        await WithPolicyAsync(ReadersOnly, async () =>
        {
            Assert.StartsWith(Refused, await AskAsync(client, "POST /digest"), StringComparison.Ordinal);
            Assert.StartsWith("200 - ", await AskAsync(client, "GET /digest"), StringComparison.Ordinal);
        });
        Assert.StartsWith("200 - ", await AskAsync(client, "POST /digest"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task What_only_the_mesh_may_say_does_not_get_through(string version, string url)
    {
        var answer = await mesh.CurlAsync(
            version,
            "-H", "X-Forwarded-Client-Cert: By=spiffe://test.example/ns/default/sa/app;URI=spiffe://test.example/ns/default/sa/root",
            "-H", "Nodemesh-Destination: 10.77.0.2:8080",
            "-H", "Nodemesh-Workload: default/nginx",
            "-H", "X-Nodemesh-Anything: 1",
            "-H", "X-Own: 1",
            $"{url}/headers");

        Assert.Contains("x-own: 1\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("sa/root", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("nodemesh", answer, StringComparison.Ordinal);
        var told = Assert.Single(answer.Split('\n'), line => line.StartsWith("x-forwarded-client-cert:", StringComparison.Ordinal));
        Assert.Contains($"URI={HttpMesh.CallerIdentity}", told, StringComparison.Ordinal);
    }

    private async Task WithPolicyAsync(string policy, Func<Task> act)
    {
        await mesh.Mesh.ApplyAsync("policy.yaml", policy);
        try
        {
            await act();
        }
        finally
        {
            await mesh.Mesh.RemoveAsync("policy.yaml");
        }
    }

    private async Task<BackgroundProcess> ConnectAsync()
    {
        var client = mesh.A.Machine.StartPeer(HttpMesh.Caller, "http_client.py", HttpMesh.App4, $"{HttpMesh.Declared}");
        Assert.Equal("connected", await client.ReadLineAsync());
        return client;
    }

    private static async Task<string> AskAsync(BackgroundProcess client, string request)
    {
        await client.WriteLineAsync(request);
        return await client.ReadLineAsync();
    }
}
