using System.Diagnostics;
using System.Globalization;

namespace NodeMesh.ControllerScale;

/// <summary>Measures a real nodemesh-controller with simulated nodes, and tells what it finds line by line.</summary>
internal sealed class ScaleRun(ScaleOptions options, Action<string> tell) : IAsyncDisposable
{
    private const int GrowthNodes = 50;
    private const int GrowthChanges = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly List<IAsyncDisposable> _owned = [];

    /// <summary>A whole fleet: its first sync, changes, a killed controller.</summary>
    public async Task<ScaleFigures> MeasureFleetAsync()
    {
        var mesh = new ScaleMesh(options.Nodes, options.Services, options.Endpoints);
        var controller = Own(new ControllerProcess(options.Controller));
        await controller.StartAsync();
        var began = Stopwatch.GetTimestamp();
        var revision = await controller.ApplyAsync(mesh.Files());
        Tell($"mesh: {options.Services} services of {options.Endpoints} endpoints on {options.Nodes} nodes, {mesh.Resources} resources, applied in {Seconds(Stopwatch.GetElapsedTime(began))}");

        var arrivals = new Arrivals();
        began = Stopwatch.GetTimestamp();
        var fleet = Own(await Fleet.JoinAsync(controller, options.Nodes, arrivals));
        Tell($"joining by token: {options.Nodes} nodes in {Seconds(Stopwatch.GetElapsedTime(began))}");

        arrivals.Expect(revision, options.Nodes);
        fleet.Start();
        var first = (await arrivals.AllAsync(Patience)).Max();
        Tell($"first sync, everything to every node at once: {Seconds(first)}; controller {Memory(controller)}");

        var times = new List<TimeSpan>();
        var cpu = controller.Cpu;
        for (var change = 1; change <= options.Changes; change++)
        {
            times.AddRange(await ChangeAsync(controller, mesh, arrivals, ++revision, change));
        }

        times.Sort();
        var perChange = (controller.Cpu - cpu) / options.Changes;
        var (median, high, longest) = (At(times, 0.5), At(times, 0.99), times[^1]);
        Tell(
            $"one endpoint changed, apply to arrival at every node, {options.Changes} changes: p50 {Milliseconds(median)}, p99 {Milliseconds(high)}, longest {Milliseconds(longest)}; "
            + $"controller {Milliseconds(perChange)} CPU per change");

        await controller.KillAsync();
        arrivals.Expect(revision, options.Nodes);
        var start = await controller.StartAsync();
        var resync = (await arrivals.AllAsync(Patience)).Max();
        Tell($"controller killed and started: answers after {Seconds(start)}, every node agrees with it after {Seconds(resync)}; controller {Memory(controller)}");
        times = [.. await ChangeAsync(controller, mesh, arrivals, ++revision, options.Changes + 1)];
        Tell($"the next change arrives everywhere within {Milliseconds(times.Max())}; streams broke {fleet.Breaks} times ({fleet.Problem})");
        return new ScaleFigures(first, median, high, longest, resync, controller.Memory().Peak);
    }

    /// <summary>What one change costs the controller in meshes of several sizes.</summary>
    public async Task MeasureGrowthAsync()
    {
        foreach (var services in options.Growth)
        {
            var nodes = Math.Min(GrowthNodes, options.Nodes);
            var mesh = new ScaleMesh(nodes, services, options.Endpoints);
            await using var controller = new ControllerProcess(options.Controller);
            await controller.StartAsync();
            var revision = await controller.ApplyAsync(mesh.Files());
            var arrivals = new Arrivals();
            await using var fleet = await Fleet.JoinAsync(controller, nodes, arrivals);
            arrivals.Expect(revision, nodes);
            fleet.Start();
            await arrivals.AllAsync(Patience);

            // The first ones are compiled.
            for (var change = 1; change <= GrowthChanges / 2; change++)
            {
                await ChangeAsync(controller, mesh, arrivals, ++revision, change);
            }

            var (cpu, wall) = (controller.Cpu, new List<TimeSpan>());
            for (var change = 1; change <= GrowthChanges; change++)
            {
                arrivals.Expect(++revision, nodes);
                var began = Stopwatch.GetTimestamp();
                await controller.ApplyAsync(mesh.Workload(change % services, 0, change + GrowthChanges));
                wall.Add(Stopwatch.GetElapsedTime(began));
                await arrivals.AllAsync(Patience);
            }

            wall.Sort();
            Tell(
                $"{services} services, {mesh.Resources} resources, {nodes} nodes: one change costs the controller {Milliseconds((controller.Cpu - cpu) / GrowthChanges)} CPU; "
                + $"apply answers after {Milliseconds(At(wall, 0.5))} (p50), {Milliseconds(At(wall, 0.99))} (p99); controller {Memory(controller)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
        {
            await _owned[i].DisposeAsync();
        }
    }

    private async Task<IReadOnlyList<TimeSpan>> ChangeAsync(ControllerProcess controller, ScaleMesh mesh, Arrivals arrivals, long revision, int change)
    {
        arrivals.Expect(revision, Math.Min(options.Nodes, mesh.Nodes));
        var applied = await controller.ApplyAsync(mesh.Workload(change % mesh.Services, 0, change));
        return applied == revision
            ? await arrivals.AllAsync(Patience)
            : throw new InvalidOperationException($"revision {applied} was made where {revision} was expected");
    }

    private T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    private void Tell(string line) => tell(line);

    private static TimeSpan At(List<TimeSpan> sorted, double part) => sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * part)];

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms");

    private static string Memory(ControllerProcess controller) =>
        string.Create(CultureInfo.InvariantCulture, $"{controller.Memory().Now:0} MiB resident, {controller.Memory().Peak:0} MiB at the most");
}
