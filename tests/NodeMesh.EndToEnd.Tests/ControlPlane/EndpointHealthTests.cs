using System.Diagnostics;
using NodeMesh.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace NodeMesh.EndToEnd.Tests.ControlPlane;

/// <summary>Instances that end, machines that vanish, and what other nodes know of it.</summary>
public class EndpointHealthTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task An_instance_that_ends_or_whose_node_vanishes_is_out_of_use_elsewhere_until_it_is_back()
    {
        await using var mesh = await ControlledMesh.StartAsync("nodeLease: 8s");
        await UntilAsync(mesh, "healthy", Promised);
        Assert.StartsWith("server ", await mesh.CallAsync(), StringComparison.Ordinal);

        // 1. Its process ends, and begins again.
        await mesh.Server.KillAsync();
        await UntilAsync(mesh, "unhealthy", Promised);
        await mesh.StartServerAsync();
        await UntilAsync(mesh, "healthy", Promised);

        // 2. Its node is cordoned, and is not.
        await mesh.Controller.PostAsync("v1/nodes/b/cordon", new { });
        await UntilAsync(mesh, "unhealthy", Promised);
        await mesh.Controller.PostAsync("v1/nodes/b/uncordon", new { });
        await UntilAsync(mesh, "healthy", Promised);

        // 3. A controller that is killed takes nobody out of use, neither while it is away nor when it is back.
        await mesh.Controller.KillAsync();
        await mesh.Controller.StartAsync();
        await mesh.Controller.UntilProgrammedAsync("b", 1);
        Assert.Equal("healthy", await HealthAsync(mesh));
        Assert.StartsWith("server ", await mesh.CallAsync(), StringComparison.Ordinal);

        // 4. The machine vanishes, and comes back. The controller has begun a moment ago: it gives every node 15 s from then on, whatever the lease.
        await mesh.B.Daemon.KillAsync();
        await UntilAsync(mesh, "unhealthy", TimeSpan.FromSeconds(20));
        await mesh.B.StartAsync();
        await UntilAsync(mesh, "healthy", TimeSpan.FromSeconds(10));
        Assert.StartsWith("server ", await mesh.CallAsync(), StringComparison.Ordinal);
    }

    private static async Task<string> HealthAsync(ControlledMesh mesh) =>
        (await mesh.A.Admin.GetAsync("v1/endpoints")).GetProperty("items").EnumerateArray()
            .First(endpoint => endpoint.TryGetProperty("workload", out var workload) && workload.GetString() == "default/server")
            .GetProperty("health").GetString()!;

    private async Task UntilAsync(ControlledMesh mesh, string health, TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        await Until.TrueAsync(async () => await HealthAsync(mesh) == health, $"a to know that the server is {health}", within);
        output.WriteLine($"{health} after {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
    }
}
