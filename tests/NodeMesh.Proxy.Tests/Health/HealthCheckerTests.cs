using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Health;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Tests.Health;

public sealed class HealthCheckerTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();
    private readonly ConcurrentDictionary<IpEndpoint, Func<CancellationToken, Task<bool>>> _answers = new();
    private readonly OutlierDetector _outliers;
    private readonly HealthChecker _checker;
    private int _probes;

    public HealthCheckerTests()
    {
        var metrics = new MeshMetrics(new MetricRegistry(1, _time));
        _outliers = new OutlierDetector(new OutlierOptions(), metrics, _time, NullLogger<OutlierDetector>.Instance);
        _checker = new HealthChecker(ProbeAsync, _outliers, metrics, _time, new Random(3), NullLogger<HealthChecker>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _checker.DisposeAsync();
        _outliers.Dispose();
    }

    [Fact]
    public void A_target_that_stops_answering_becomes_unhealthy_and_recovers()
    {
        var target = Target(80);
        _answers[target.Address] = _ => Task.FromResult(false);
        _checker.Apply([target]);

        Rounds(2);
        Assert.Equal(EndpointHealth.Healthy, target.States[0].Health);
        Rounds(1);
        Until(() => target.States.All(state => state.Health == EndpointHealth.Unhealthy));

        _answers[target.Address] = _ => Task.FromResult(true);
        Rounds(1);
        Until(() => target.States.All(state => state.Health == EndpointHealth.Healthy));
    }

    [Fact]
    public void A_probe_that_gets_no_answer_in_time_counts_as_failed()
    {
        var target = Target(80, unhealthyThreshold: 1);
        _answers[target.Address] = async stop =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            return true;
        };
        _checker.Apply([target]);

        Rounds(1);
        Assert.Equal(EndpointHealth.Healthy, target.States[0].Health);
        _time.Advance(target.Check.Timeout);
        Until(() => target.States[0].Health == EndpointHealth.Unhealthy);
    }

    [Fact]
    public void A_probe_that_throws_counts_as_failed_and_the_check_goes_on()
    {
        var target = Target(80, unhealthyThreshold: 2);
        _answers[target.Address] = _ => throw new InvalidOperationException("broken");
        _checker.Apply([target]);

        Rounds(2);
        Until(() => target.States[0].Health == EndpointHealth.Unhealthy);
    }

    [Fact]
    public void A_check_that_did_not_change_keeps_its_finding_over_a_reload()
    {
        var target = Target(80, unhealthyThreshold: 1);
        _answers[target.Address] = _ => Task.FromResult(false);
        _checker.Apply([target]);
        Rounds(1);
        Until(() => target.States[0].Health == EndpointHealth.Unhealthy);

        var again = target with { States = [new EndpointState()] };
        _checker.Apply([again]);
        Assert.Equal(EndpointHealth.Unhealthy, again.States[0].Health);
    }

    [Fact]
    public void A_check_that_is_gone_stops_and_leaves_its_target_healthy()
    {
        var target = Target(80, unhealthyThreshold: 1);
        _answers[target.Address] = _ => Task.FromResult(false);
        _checker.Apply([target]);
        Rounds(1);
        Until(() => target.States[0].Health == EndpointHealth.Unhealthy);

        _checker.Apply([]);
        Assert.Equal(EndpointHealth.Healthy, target.States[0].Health);
        Until(() => _time.Waiting == 0);
        var probes = _probes;
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(probes, _probes);
    }

    [Fact]
    public async Task The_TCP_probe_tells_an_open_port_from_a_closed_one()
    {
        var probe = new TcpHealthProbe(mark: 0);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = IpEndpoint.From((IPEndPoint)listener.LocalEndpoint);
        Assert.True(await probe.ProbeAsync(address, CancellationToken.None));

        listener.Stop();
        Assert.False(await probe.ProbeAsync(address, CancellationToken.None));
    }

    private Task<bool> ProbeAsync(IpEndpoint address, CancellationToken stop)
    {
        Interlocked.Increment(ref _probes);
        return _answers[address](stop);
    }

    /// <summary>Lets so many intervals pass, each once the checker waits for it.</summary>
    private void Rounds(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Until(() => _time.Waiting == 1);
            var probes = Volatile.Read(ref _probes);
            while (Volatile.Read(ref _probes) == probes)
            {
                _time.Advance(TimeSpan.FromSeconds(0.1));
                Thread.Yield();
            }
        }

        Until(() => _time.Waiting == 1);
    }

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Patience));

    private static HealthTarget Target(ushort port, int unhealthyThreshold = 3) => new(
        "shop/orders",
        new HealthCheck
        {
            Interval = TimeSpan.FromSeconds(10),
            Timeout = TimeSpan.FromSeconds(1),
            UnhealthyThreshold = unhealthyThreshold,
            Tcp = new TcpHealthCheck { Port = new PortReference(port) },
        },
        IpEndpoint.FromIPv4(0x7f000001, port),
        [new EndpointState(), new EndpointState()]);
}
