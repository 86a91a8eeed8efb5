using NodeMesh.Proxy.Health;
using NodeMesh.Resources;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Tests.Health;

public sealed class HealthCheckStateTests
{
    private readonly HealthCheck _check = new() { HealthyThreshold = 2, UnhealthyThreshold = 3, Tcp = new TcpHealthCheck { Port = new PortReference(80) } };

    [Theory]
    [InlineData("", true)]
    [InlineData("--", true)]
    [InlineData("---", false)]
    [InlineData("--+--", true)]
    [InlineData("--+---", false)]
    [InlineData("---+", false)]
    [InlineData("---++", true)]
    [InlineData("---+-+", false)]
    [InlineData("---++--", true)]
    [InlineData("---++---", false)]
    public void Health_changes_only_after_a_whole_row_of_results(string results, bool healthy)
    {
        var state = new HealthCheckState();
        foreach (var result in results)
        {
            var before = state.IsHealthy;
            var changed = state.Record(result == '+', _check);
            Assert.Equal(before != state.IsHealthy, changed);
        }

        Assert.Equal(healthy, state.IsHealthy);
    }
}
