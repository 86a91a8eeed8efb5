using NodeMesh.ControllerScale;
using Xunit.Abstractions;

namespace NodeMesh.Controller.Tests;

/// <summary>The scale harness in small: a real controller process, and nodes that speak to it as real ones do.</summary>
public sealed class ScaleTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Changes_reach_every_node_and_a_killed_controller_is_agreed_with_again()
    {
        var options = new ScaleOptions
        {
            Controller = Path.Combine(AppContext.BaseDirectory, "nodemesh-controller"),
            Nodes = 40,
            Services = 100,
            Endpoints = 5,
            Changes = 20,
            Growth = [50],
        };
        await using var run = new ScaleRun(options, output.WriteLine);
        var figures = await run.MeasureFleetAsync();
        await run.MeasureGrowthAsync();
        Assert.InRange(figures.Percentile99, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(figures.Resync, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.InRange(figures.PeakMemory, 1, 512);
    }
}
