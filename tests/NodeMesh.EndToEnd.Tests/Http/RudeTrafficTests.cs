using System.Diagnostics;
using System.Globalization;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;
using Xunit.Abstractions;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>
/// Requests by the ten thousand whose clients, servers and daemons break off, reset and restart at random, and what the daemons hold afterwards.
/// NODEMESH_REQUESTS says how many, NODEMESH_SEED by which chance.
/// </summary>
[Collection(HeavyCollection.Name)]
public class RudeTrafficTests(ITestOutputHelper output)
{
    private const int DefaultRequests = 50_000;

    /// <summary>Each node in turn is looked at, while the daemon of the other one is killed and stopped.</summary>
    [Theory]
    [InlineData("a", "source")]
    [InlineData("b", "destination")]
    public async Task Aborts_resets_and_restarts_of_either_side_leave_nothing_behind(string name, string reporter)
    {
        var requests = NumberOf("NODEMESH_REQUESTS") ?? DefaultRequests;
        var seed = NumberOf("NODEMESH_SEED") ?? Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        await using var mesh = await RudeMesh.StartAsync(new Random(seed));
        var (node, other) = name == "a" ? (mesh.A, mesh.B) : (mesh.B, mesh.A);
        await StormAsync(mesh, node, other, reporter, requests / 10, seed);
        var before = await RestAsync(mesh, node);
        var (passed, time) = await StormAsync(mesh, node, other, reporter, requests / 2, seed + 1);
        var after = await RestAsync(mesh, node);
        output.WriteLine($"{passed} requests in {time.TotalSeconds:0} s\nbefore {before}\nafter  {after}");

        after.AssertNoMoreThan(before);
        Assert.False(node.Daemon.Output.Contains("Exception", StringComparison.Ordinal), node.Daemon.ToString());
        await mesh.StartServersAsync();
        await AssertAllIsWellAsync(mesh, "--h1", RudeMesh.Nginx);
        await AssertAllIsWellAsync(mesh, "--max-concurrent-streams=10", RudeMesh.Nginx);
        await AssertAllIsWellAsync(mesh, "--max-concurrent-streams=10", RudeMesh.Nghttpd);
    }

    /// <summary>Bursts until the daemon has counted so many requests.</summary>
    private static async Task<(long Requests, TimeSpan Time)> StormAsync(RudeMesh mesh, MeshNode node, MeshNode other, string reporter, int requests, int seed)
    {
        var began = Stopwatch.GetTimestamp();
        var first = await CountAsync(node, reporter);
        long count = 0;
        await mesh.StartServersAsync();
        for (var burst = 0; count < requests; burst++)
        {
            await BurstAsync(mesh, Math.Max(6_000, requests / 20), seed + (burst * 100), async () =>
            {
                await mesh.RestartServerAsync();
                if (burst % 2 == 1)
                {
                    await other.Daemon.KillAsync();
                    await other.StartAsync();
                }
                else
                {
                    await other.Daemon.StopAsync();
                    await other.StartAsync();
                }

                await mesh.RestartServerAsync();
            });
            count = await CountAsync(node, reporter) - first;
        }

        return (count, Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Clients of both manners while harm is done, and as many again when it is over.</summary>
    private static async Task BurstAsync(RudeMesh mesh, int requests, int seed, Func<Task> harm)
    {
        var rude = Enumerable.Range(0, 4)
            .Select(number => mesh.A.Machine.StartPeer(
                RudeMesh.Caller, "rude_client.py", [number % 2 == 0 ? "1.1" : "2", $"{seed + number}", $"{requests / 10}", .. RudeMesh.Targets]))
            .ToArray();
        var polite = StartPolite(mesh, requests);
        await harm();
        await EndAsync(polite);
        polite = StartPolite(mesh, requests);
        foreach (var client in rude)
        {
            (await client.WaitForExitAsync(TimeSpan.FromMinutes(3))).EnsureSuccess();
            await client.DisposeAsync();
        }

        await EndAsync(polite);
    }

    private static BackgroundProcess[] StartPolite(RudeMesh mesh, int requests)
    {
        string[] arguments = ["-n", $"{requests / 6}", "-c", "20", "-T", "5", "-N", "20"];
        return
        [
            mesh.A.Machine.Start(RudeMesh.Caller, "h2load", [.. arguments, "--h1", $"http://{RudeMesh.Nginx}/"]),
            mesh.A.Machine.Start(RudeMesh.Caller, "h2load", [.. arguments, "-m", "20", $"http://{RudeMesh.Nginx}/"]),
            mesh.A.Machine.Start(RudeMesh.Caller, "h2load", [.. arguments, "-m", "20", $"http://{RudeMesh.Nghttpd}/index.html"]),
        ];
    }

    /// <summary>The first two come to their end, in whatever way; the third is killed where it stands.</summary>
    private static async Task EndAsync(BackgroundProcess[] polite)
    {
        await polite[0].WaitForExitAsync(TimeSpan.FromMinutes(3));
        await polite[1].WaitForExitAsync(TimeSpan.FromMinutes(3));
        foreach (var client in polite)
        {
            await client.DisposeAsync();
        }
    }

    private static async Task<Holdings> RestAsync(RudeMesh mesh, MeshNode node)
    {
        await mesh.StopServersAsync();
        return await Holdings.OfIdleAsync(node);
    }

    private static async Task<long> CountAsync(MeshNode node, string reporter) =>
        (long)(await node.ScrapeAsync()).Sum("nodemesh_requests_total", $"reporter=\"{reporter}\"");

    private static async Task AssertAllIsWellAsync(RudeMesh mesh, string version, string address)
    {
        var path = address == RudeMesh.Nghttpd ? "/index.html" : "/";
        var result = await mesh.A.Machine.RunAsync(RudeMesh.Caller, "h2load", "-n", "1000", "-c", "10", version, $"http://{address}{path}");
        Assert.Contains("1000 succeeded, 0 failed", result.EnsureSuccess().Output, StringComparison.Ordinal);
    }

    private static int? NumberOf(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
