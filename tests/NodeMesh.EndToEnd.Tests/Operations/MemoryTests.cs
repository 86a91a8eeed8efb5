using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Operations;

/// <summary>
/// What the daemon itself costs a machine: one that carries nothing and captures nothing yet, as it is after its start and a few scrapes.
/// Nothing is collected for the occasion.
/// </summary>
public class MemoryTests
{
    private const long Limit = 60_000 * 1024;

    [Fact]
    public async Task An_idle_daemon_is_small_also_after_it_was_scraped()
    {
        Repository.RequireProgram("nodemeshd");
        await using var network = await TestNetwork.CreateAsync();
        await using var node = new MeshNode(await network.AddMachineAsync("a")) { ManagesPorts = false };
        await node.InstallAsync();
        await node.Machine.WriteFileAsync($"{MeshNode.ResourceDirectory}/mesh.yaml", TestMesh.Configuration + $$"""
            ---
            apiVersion: nodemesh.io/v1
            kind: Node
            metadata: { name: a }
            spec: { addresses: [{{node.Machine.IPv4}}] }
            """);
        await node.LaunchAsync();
        await node.Daemon.WaitForLineAsync("listening on");

        Assert.InRange(await node.ResidentMemoryAsync(), 1, Limit);
        for (var scrape = 0; scrape < 5; scrape++)
        {
            Assert.Equal(0, (await node.ScrapeAsync()).Sum("nodemesh_tcp_connections_opened_total"));
        }

        Assert.InRange(await node.ResidentMemoryAsync(), 1, Limit);
    }
}
