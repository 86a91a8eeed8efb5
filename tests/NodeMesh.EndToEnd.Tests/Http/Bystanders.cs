using System.Globalization;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>Those who have to do with the same daemons while somebody attacks them, and the daemons themselves: one for an attack.</summary>
internal sealed class Bystanders : IAsyncDisposable
{
    /// <summary>Megabytes that a daemon may take beyond what it had, at any moment of an attack.</summary>
    private const int PeakSlack = 128;

    /// <summary>Megabytes of objects that may be left behind it, for pools that have grown.</summary>
    private const int HeapSlack = 32;

    private readonly BackgroundProcess _client;
    private readonly (MeshNode Node, int Process, double Resident, double Heap)[] _before;

    private Bystanders(BackgroundProcess client, (MeshNode Node, int Process, double Resident, double Heap)[] before)
    {
        _client = client;
        _before = before;
    }

    /// <summary>They ask nginx on four connections, all the time.</summary>
    public static async Task<Bystanders> StartAsync(HostileMesh mesh)
    {
        var client = mesh.A.Machine.StartPeer(HostileMesh.Bystander, "steady_client.py", HostileMesh.Nginx, "80", "4");
        await client.WaitForLineAsync("running");
        var before = new List<(MeshNode, int, double, double)>();
        foreach (var node in new[] { mesh.A, mesh.B })
        {
            var process = await node.Daemon.GetProcessIdAsync();
            var (resident, heap) = await MemoryAsync(node);
            before.Add((node, process, resident, heap));
            await File.WriteAllTextAsync($"/proc/{process}/clear_refs", "5"); // VmHWM begins anew
        }

        return new Bystanders(client, [.. before]);
    }

    /// <summary>All of their requests were answered with 200; the daemons are those of before, and took no more memory than they may.</summary>
    public async Task AssertUnharmedAsync()
    {
        _client.CloseInput();
        var said = (await _client.WaitForExitAsync()).EnsureSuccess();
        var last = said.Output.TrimEnd().Split('\n')[^1];
        Assert.EndsWith(" refused 0 failed 0", last, StringComparison.Ordinal);
        Assert.True(int.Parse(last.Split(' ')[1], CultureInfo.InvariantCulture) > 50, said.ToString());
        foreach (var (node, process, resident, heap) in _before)
        {
            Assert.False(node.Daemon.HasExited, node.Daemon.ToString());
            Assert.Equal(process, await node.Daemon.GetProcessIdAsync());
            Assert.False(node.Daemon.Output.Contains("Exception", StringComparison.Ordinal), node.Daemon.ToString());
            var peak = await PeakAsync(process);
            Assert.True(peak <= resident + PeakSlack, $"{node.Machine.Name} took {peak} MB, {resident} before the attack");
            var (_, left) = await MemoryAsync(node);
            Assert.True(left <= heap + HeapSlack, $"{node.Machine.Name} has {left} MB of objects, {heap} before the attack");
        }
    }

    public async ValueTask DisposeAsync() => await _client.DisposeAsync();

    private static async Task<(double Resident, double Heap)> MemoryAsync(MeshNode node)
    {
        var (_, memory) = await node.Admin.PostAsync("v1/collect-garbage");
        return (memory.GetProperty("residentBytes").GetInt64() / 1e6, memory.GetProperty("heapBytes").GetInt64() / 1e6);
    }

    /// <summary>The most resident memory it had since then.</summary>
    private static async Task<double> PeakAsync(int process)
    {
        var line = (await File.ReadAllLinesAsync($"/proc/{process}/status")).First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
