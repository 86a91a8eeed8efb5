using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>grpcio on both sides.</summary>
public class GrpcTests(HttpMesh mesh) : IClassFixture<HttpMesh>
{
    [Fact]
    public async Task A_unary_call_is_answered()
    {
        Assert.Equal("moin\n", await CallAsync("unary:moin"));
        var line = await mesh.B.WaitForAccessLogAsync(entry => entry.Path == "/Test/Unary", "the call");
        Assert.Equal((200, 0, HttpMesh.CallerIdentity), (line.Status, line.GrpcStatus, line.SourcePrincipal));
    }

    [Fact]
    public async Task A_server_streams() => Assert.Equal("eins\neins\neins\n", await CallAsync("server-stream:eins"));

    [Fact]
    public async Task A_client_streams() => Assert.Equal("abc\n", await CallAsync("client-stream:a,b,c"));

    [Fact]
    public async Task Both_stream_and_every_message_is_answered_before_the_next_is_sent()
    {
        await using var client = Start("bidi");
        foreach (var text in new[] { "one", "two", "three" })
        {
            await client.WriteLineAsync(text);
            Assert.Equal(text, await client.ReadLineAsync());
        }

        client.CloseInput();
        Assert.Equal(0, (await client.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_at_both_ends()
    {
        var seen = mesh.GrpcServer.Output.Length;
        Assert.StartsWith("DEADLINE_EXCEEDED ", await CallAsync("deadline"), StringComparison.Ordinal);
        await Until.TrueAsync(
            () => mesh.GrpcServer.Output[seen..].Contains("began with a deadline", StringComparison.Ordinal) && mesh.GrpcServer.Output[seen..].Contains("gone", StringComparison.Ordinal),
            "the server to see the end of the call");
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled_at_the_server()
    {
        var seen = mesh.GrpcServer.Output.Length;
        await using var client = Start("cancel");
        Assert.Equal("called", await client.ReadLineAsync());
        await Until.TrueAsync(() => mesh.GrpcServer.Output[seen..].Contains("began", StringComparison.Ordinal), "the call to reach the server");
        await client.WriteLineAsync("");
        Assert.Equal("cancelled True", await client.ReadLineAsync());
        await Until.TrueAsync(() => mesh.GrpcServer.Output[seen..].Contains("gone", StringComparison.Ordinal), "the server to see the end of the call");
    }

    [Fact]
    public async Task A_message_of_5_MB_comes_back_as_it_went() => Assert.Equal("5000000 True\n", await CallAsync("big:5000000"));

    [Fact]
    public async Task Metadata_passes_in_both_directions_and_the_server_is_told_who_calls()
    {
        var answer = await CallAsync("metadata");
        Assert.StartsWith("moin 01fe ", answer, StringComparison.Ordinal);
        Assert.Contains($"URI={HttpMesh.CallerIdentity}", answer, StringComparison.Ordinal);
        Assert.EndsWith(" one two 00ff\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_without_a_message_keeps_its_code_and_text()
    {
        Assert.Equal("NOT_FOUND no such thing: ä\n", await CallAsync("fail"));
        var line = await mesh.A.WaitForAccessLogAsync(entry => entry.Path == "/Test/Fail", "the call");
        Assert.Equal((200, 5), (line.Status, line.GrpcStatus));
    }

    [Fact]
    public async Task A_refused_call_gets_a_status_of_gRPC_and_no_other_does()
    {
        await mesh.Mesh.ApplyAsync("policy.yaml", """
            apiVersion: nodemesh.io/v1
            kind: AuthorizationPolicy
            metadata: { name: no-client-stream }
            spec:
              selector: { matchLabels: { app: grpc } }
              action: DENY
              rules: [{ to: [{ operation: { paths: [/Test/ClientStream] } }] }]
            """);
        try
        {
            Assert.StartsWith("PERMISSION_DENIED ", await CallAsync("client-stream:a,b"), StringComparison.Ordinal);
            Assert.Equal("moin\n", await CallAsync("unary:moin"));
        }
        finally
        {
            await mesh.Mesh.RemoveAsync("policy.yaml");
        }
    }

    private BackgroundProcess Start(string call) => mesh.A.Machine.StartPeer(HttpMesh.Caller, "grpc_client.py", HttpMesh.Grpc, call);

    private async Task<string> CallAsync(string call)
    {
        await using var client = Start(call);
        return (await client.WaitForExitAsync()).EnsureSuccess().Output;
    }
}
