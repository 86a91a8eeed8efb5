using System.Diagnostics;
using System.Globalization;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;
using Xunit.Abstractions;

namespace NodeMesh.EndToEnd.Tests.Traffic;

/// <summary>Much of everything: bytes, connections, patience. A mesh for each, so that memory and conntrack begin empty.</summary>
[Collection(HeavyCollection.Name)]
public class HeavyTrafficTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Crowd = 5000;
    private const long Megabyte = TrafficMesh.Megabyte;
    private static readonly CommandOptions Caller = new() { Uid = TrafficMesh.CallerUid, MaxOpenFiles = 16384 };
    private readonly TrafficMesh _mesh = new();

    public Task InitializeAsync() => _mesh.InitializeAsync();

    public Task DisposeAsync() => _mesh.DisposeAsync();

    [Theory]
    [InlineData(TrafficMesh.Vip4)]
    [InlineData(TrafficMesh.Vip6)]
    public async Task A_gigabyte_goes_and_comes_back_whole(string vip)
    {
        const long Size = 1024 * Megabyte;
        var started = Stopwatch.GetTimestamp();
        var lines = await _mesh.CallAsync(vip, 7001, $"exchange:{Size}", timeout: TimeSpan.FromMinutes(2));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"1 GiB each way in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
        Assert.StartsWith($"{Size} ", lines[0], StringComparison.Ordinal);
        Assert.Equal(lines[0], lines[1]);
    }

    [Fact]
    public async Task Five_thousand_connections_are_open_at_once_and_leave_nothing_behind()
    {
        await using var server = _mesh.B.Machine.Start(new CommandOptions { Uid = 3001, MaxOpenFiles = 16384 }, "python3", "-u", "/run/peers/crowd_server.py", "7008");
        await server.WaitForLineAsync("ready");
        var before = await MemoryAsync();
        await RunCrowdAsync();
        var first = await MemoryAsync();
        await RunCrowdAsync();
        var second = await MemoryAsync();
        output.WriteLine($"resident MiB of a and b: before {before}, after 5,000 connections {first}, after 5,000 more {second}");

        // What a runtime keeps of its heap is kept once: the second crowd needs no more than the first.
        Assert.InRange(second.A, 0, first.A * 1.25 + 20);
        Assert.InRange(second.B, 0, first.B * 1.25 + 20);
    }

    [Fact]
    public async Task Readers_that_do_not_read_hold_the_senders_back_and_cost_bounded_memory()
    {
        const int Pushers = 20;
        var before = await MemoryAsync();
        var pushers = Enumerable.Range(0, Pushers).Select(_ => _mesh.A.Machine.StartPeer(Caller, "stream_client.py", TrafficMesh.Vip4, "7006", "push")).ToArray();
        foreach (var pusher in pushers)
        {
            var line = await pusher.ReadLineAsync(TimeSpan.FromSeconds(60));
            Assert.True(line.StartsWith("stuck ", StringComparison.Ordinal), $"{line}\n{Refusals()}");
            Assert.InRange(long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture), 1, 64 * Megabyte);
        }

        var stuck = await MemoryAsync();
        output.WriteLine($"resident MiB of a and b: before {before}, with {Pushers} senders stuck {stuck}");
        Assert.InRange(stuck.A - before.A, -500, Pushers * 5);
        Assert.InRange(stuck.B - before.B, -500, Pushers * 5);

        // The same links still carry others.
        var lines = await _mesh.CallAsync(TrafficMesh.Vip4, 7001, $"exchange:{8 * Megabyte}");
        Assert.Equal(lines[0], lines[1]);
    }

    [Fact]
    public async Task A_caller_that_is_held_back_and_vanishes_is_noticed()
    {
        await using var pusher = _mesh.A.Machine.StartPeer(Caller, "stream_client.py", TrafficMesh.Vip4, "7006", "push");
        Assert.StartsWith("stuck ", await pusher.ReadLineAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        Assert.Equal(1, await _mesh.A.Admin.OpenConnectionsAsync());

        await pusher.WriteLineAsync("vanish");
        await AllClosedAsync(_mesh.A);
        await AllClosedAsync(_mesh.B);
    }

    private async Task RunCrowdAsync()
    {
        await using var crowd = _mesh.A.Machine.StartPeer(Caller, "crowd_client.py", TrafficMesh.Vip4, "7008", $"{Crowd}");
        var opened = await crowd.ReadLineAsync(TimeSpan.FromSeconds(90));
        Assert.True(opened.StartsWith($"open {Crowd} 0 ", StringComparison.Ordinal), $"{opened}\n{Refusals()}");
        foreach (var node in new[] { _mesh.A, _mesh.B })
        {
            Assert.True(await node.Admin.OpenConnectionsAsync() >= Crowd, "the daemon counts them");
        }

        await crowd.WriteLineAsync("again");
        Assert.StartsWith($"answered {Crowd} ", await crowd.ReadLineAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        crowd.CloseInput();
        Assert.Equal("closed", await crowd.ReadLineAsync(TimeSpan.FromSeconds(60)));
        await AllClosedAsync(_mesh.A);
        await AllClosedAsync(_mesh.B);
    }

    /// <summary>What the daemons refused, and how often.</summary>
    private string Refusals() => string.Join('\n', _mesh.Mesh.Nodes.SelectMany(node => node.ReadAccessLog()
        .Where(line => line.Refusal is not null)
        .GroupBy(line => $"{node.Machine.Name} {line.Direction}: {line.Refusal}, {line.Detail}")
        .Select(group => $"{group.Count()} x {group.Key}")));

    private static Task AllClosedAsync(MeshNode node) => Until.TrueAsync(
        async () => await node.Admin.OpenConnectionsAsync() == 0
            && (await node.ScrapeAsync()).Sum("nodemesh_buffer_bytes", "state=\"used\"") < Megabyte,
        $"every connection of {node.Machine.Name} to be closed and every buffer given back");

    private async Task<(long A, long B)> MemoryAsync() => (await _mesh.A.ResidentMemoryAsync() / Megabyte, await _mesh.B.ResidentMemoryAsync() / Megabyte);
}
