using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>What a daemon holds when it carries nothing.</summary>
/// <param name="Sockets">Open sockets but for those of mesh links, which stay for a while.</param>
/// <param name="Threads">Of the process.</param>
/// <param name="BufferBytes">Buffers in use.</param>
/// <param name="HeapMegabytes">Objects in use, after a collection.</param>
/// <param name="ResidentMegabytes">Of the process, after that.</param>
internal sealed record Holdings(int Sockets, int Threads, double BufferBytes, double HeapMegabytes, double ResidentMegabytes)
{
    /// <summary>Megabytes of objects that pools may keep beyond what the first storm made them keep, with 8,192 entries of the access log.</summary>
    private const double HeapSlack = 8;

    /// <summary>Megabytes; compiled code, which grows for a while yet, and the C library's heap are in it.</summary>
    private const double ResidentSlack = 24;

    /// <summary>The gauges that are zero where nothing is carried.</summary>
    private static readonly string[] Gauges =
        ["nodemesh_requests_in_flight", "nodemesh_mesh_link_streams_open", "nodemesh_mesh_link_waiters", "nodemesh_upstream_connections", "nodemesh_upstream_requests_pending"];

    /// <summary>Waits until every connection is closed and every gauge back at zero, and counts what is left.</summary>
    public static async Task<Holdings> OfIdleAsync(MeshNode node)
    {
        MetricSamples metrics = null!;
        string Left() => string.Join(", ", Gauges.Select(gauge => $"{gauge} {metrics.Sum(gauge)}"));
        try
        {
            await Until.TrueAsync(
                async () =>
                {
                    metrics = await node.ScrapeAsync();
                    return await node.Admin.OpenConnectionsAsync() == 0 && Gauges.All(gauge => metrics.Sum(gauge) == 0);
                },
                $"{node.Machine.Name} to carry nothing");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}: {await node.Admin.OpenConnectionsAsync()} connections are open, {Left()}\n{node.Daemon}", e);
        }

        // The scrape has sockets of its own, and threads of the pool come and go: the fewest seen at rest are what counts.
        var (sockets, threads) = (int.MaxValue, int.MaxValue);
        for (var look = 0; look < 50; look++)
        {
            sockets = Math.Min(sockets, await node.SocketsAsync() - (int)(await node.ScrapeAsync()).Sum("nodemesh_mesh_links_open"));
            threads = Math.Min(threads, await node.ThreadsAsync());
        }

        var (_, memory) = await node.Admin.PostAsync("v1/collect-garbage");
        return new Holdings(
            sockets, threads, (await node.ScrapeAsync()).Sum("nodemesh_buffer_bytes", "state=\"used\""), Megabytes("heapBytes"), Megabytes("residentBytes"));

        double Megabytes(string name) => Math.Round(memory.GetProperty(name).GetInt64() / 1e6, 1);
    }

    /// <summary>Fails where it is more than there was before, beyond what a runtime takes for itself.</summary>
    public void AssertNoMoreThan(Holdings before)
    {
        Assert.True(Sockets <= before.Sockets, $"sockets: {before} before, {this} after");
        Assert.True(Threads <= before.Threads + 4, $"threads: {before} before, {this} after");
        Assert.True(BufferBytes <= before.BufferBytes, $"buffers: {before} before, {this} after");
        Assert.True(HeapMegabytes <= before.HeapMegabytes + HeapSlack, $"heap: {before} before, {this} after");
        Assert.True(ResidentMegabytes <= before.ResidentMegabytes + ResidentSlack, $"memory: {before} before, {this} after");
    }
}
