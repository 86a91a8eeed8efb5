using System.Diagnostics;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;
using NodeMesh.EndToEnd.Tests.Operations;
using Xunit.Abstractions;

namespace NodeMesh.EndToEnd.Tests.ControlPlane;

/// <summary>A mesh whose nodes know nothing but their controller, and what they do without it.</summary>
public class ControllerTests(ITestOutputHelper output)
{
    private const string Deny = """
        apiVersion: nodemesh.io/v1
        kind: AuthorizationPolicy
        metadata: { name: nobody }
        spec: { action: DENY, rules: [{}] }
        """;

    [Fact]
    public async Task Nodes_join_by_token_follow_their_controller_and_go_on_without_it()
    {
        await using var mesh = await ControlledMesh.StartAsync();
        Assert.StartsWith("server ", await mesh.CallAsync(), StringComparison.Ordinal);

        // 1. A change is in force where it counts.
        var began = Stopwatch.GetTimestamp();
        var revision = await mesh.Controller.ApplyAsync(Deny);
        await mesh.Controller.UntilProgrammedAsync("b", revision);
        output.WriteLine($"from apply to acknowledged by b: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
        Assert.DoesNotContain("server ", await mesh.CallAsync(), StringComparison.Ordinal);
        revision = await mesh.Controller.DeleteAsync("AuthorizationPolicy", "nobody");
        await mesh.Controller.UntilProgrammedAsync("b", revision);
        Assert.StartsWith("server ", await mesh.CallAsync(), StringComparison.Ordinal);

        // 2. Without the controller traffic goes on, also from a daemon that starts meanwhile.
        await using var connection = await LineServer.ConnectAsync(mesh.A.Machine, ServiceMesh.Web, LineServer.Vip4);
        await mesh.Controller.KillAsync();
        await LineServer.AssertLivesAsync(connection);
        await UntilControllerAsync(mesh.A, connected: false);
        Assert.InRange((await mesh.A.Admin.GetAsync("v1/status")).GetProperty("controller").GetProperty("ageSeconds").GetDouble(), 0, 60);
        Assert.StartsWith("server ", await mesh.CallAsync(), StringComparison.Ordinal);
        await mesh.B.Daemon.StopAsync();
        await mesh.B.StartAsync();
        Assert.StartsWith("server ", await mesh.CallAsync(), StringComparison.Ordinal);
        await UntilControllerAsync(mesh.B, connected: false);
        Assert.Matches(
            @"Controller +not connected since \S+ \S+; in force is what it had \S+ ago, its revision [0-9]+\n",
            await mesh.B.Machine.OutputOfAsync("nodemeshctl", "status"));

        // 3. With the controller back everything agrees again, without a new token.
        await mesh.Controller.StartAsync();
        revision = await mesh.Controller.ApplyAsync(Deny);
        await mesh.Controller.UntilProgrammedAsync("a", revision);
        await mesh.Controller.UntilProgrammedAsync("b", revision);
        Assert.DoesNotContain("server ", await mesh.CallAsync(), StringComparison.Ordinal);
        await UntilControllerAsync(mesh.B, connected: true);
        Assert.Contains($"connected to {mesh.Controller.Machine.IPv4}:15010, its revision {revision}\n", await mesh.B.Machine.OutputOfAsync("nodemeshctl", "status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_evicted_node_is_told_nothing_more_and_a_used_token_does_not_help_it()
    {
        await using var mesh = await ControlledMesh.StartAsync();
        await mesh.Controller.PostAsync("v1/nodes/b/evict", new { });
        await Until.TrueAsync(async () => !(await mesh.Controller.NodeAsync("b")).GetProperty("connected").GetBoolean(), "b to be cut off");
        Assert.Equal("evicted", (await mesh.Controller.NodeAsync("b")).GetProperty("state").GetString());
        var revision = await mesh.Controller.ApplyAsync(Deny);
        await mesh.Controller.UntilProgrammedAsync("a", revision);
        await Until.TrueAsync(
            async () => (await mesh.Controller.GetAsync("v1/status")).GetProperty("refused").TryGetProperty("Evicted", out _), "b to be refused");

        // Its own token is used; with a new one it comes back.
        await mesh.B.Daemon.StopAsync();
        Directory.Delete(mesh.B.Machine.PathOf("/var/lib/nodemesh/node"), recursive: true);
        await mesh.B.LaunchAsync();
        await Until.TrueAsync(
            async () => (await mesh.Controller.GetAsync("v1/status")).GetProperty("refused").TryGetProperty("UsedToken", out _), "the used token to be refused");
        await ControlledMesh.GiveTokenAsync(mesh.B, await mesh.Controller.CreateTokenAsync("b"));
        await mesh.Controller.UntilProgrammedAsync("b", revision);
    }

    private static Task UntilControllerAsync(MeshNode node, bool connected) => Until.TrueAsync(
        async () => (await node.Admin.GetAsync("v1/status")).GetProperty("controller").GetProperty("connected").GetBoolean() == connected,
        $"{node.Machine.Name} to be {(connected ? "" : "dis")}connected");
}
