using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Health;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Tests.Health;

public sealed class OutlierDetectorTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly OutlierDetector _detector;

    public OutlierDetectorTests() => _detector = new OutlierDetector(
        new OutlierOptions(), new MeshMetrics(new MetricRegistry(1, _time)), _time, NullLogger<OutlierDetector>.Instance);

    public void Dispose() => _detector.Dispose();

    [Fact]
    public void Five_failures_in_a_row_eject_an_endpoint_for_thirty_seconds()
    {
        var service = Service(3);
        var endpoint = service.Endpoints[0];
        Fail(endpoint, service, 4);
        Assert.True(endpoint.State.IsUsable);
        Fail(endpoint, service, 1);
        Ejected(endpoint);
        Assert.Equal(EndpointHealth.Ejected, endpoint.State.Health);

        _time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.True(endpoint.State.IsEjected);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(endpoint.State.IsUsable);
    }

    [Theory]
    [InlineData(RefusalCode.Overload)]
    [InlineData(RefusalCode.Draining)]
    [InlineData(RefusalCode.NoConfiguration)]
    [InlineData(RefusalCode.DestinationMismatch)]
    public void An_endpoint_that_was_reached_and_refused_or_not_tried_for_want_of_room_is_not_ejected(RefusalCode reason)
    {
        var service = Service(3);
        Fail(service.Endpoints[0], service, 10, reason);
        Assert.Equal(0, service.Endpoints[0].State.ConsecutiveFailures);
    }

    [Fact]
    public void A_success_in_between_starts_the_count_again()
    {
        var service = Service(3);
        Fail(service.Endpoints[0], service, 4);
        _detector.ConnectSucceeded(service.Endpoints[0]);
        Fail(service.Endpoints[0], service, 4);

        Assert.Equal(4, service.Endpoints[0].State.ConsecutiveFailures);
        Assert.True(service.Endpoints[0].State.IsUsable);
    }

    [Fact]
    public void An_endpoint_back_on_probation_is_ejected_by_one_failure_and_for_longer_each_time()
    {
        var service = Service(3);
        var endpoint = service.Endpoints[0];
        Fail(endpoint, service, 5);
        Ejected(endpoint);
        foreach (var seconds in new[] { 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds - 0.5));
            Assert.True(endpoint.State.IsEjected);
            _time.Advance(TimeSpan.FromSeconds(0.5));
            Assert.False(endpoint.State.IsEjected);
            Fail(endpoint, service, 1);
            Ejected(endpoint);
        }
    }

    [Fact]
    public void Good_behaviour_is_remembered_and_shortens_the_next_ejection()
    {
        var service = Service(3);
        var endpoint = service.Endpoints[0];
        Fail(endpoint, service, 5);
        Ejected(endpoint);
        _time.Advance(TimeSpan.FromSeconds(30));
        _detector.ConnectSucceeded(endpoint);
        _time.Advance(TimeSpan.FromSeconds(31));

        Fail(endpoint, service, 5);
        Ejected(endpoint);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(endpoint.State.IsEjected);
    }

    [Fact]
    public void A_success_ends_an_ejection()
    {
        var service = Service(3);
        var endpoint = service.Endpoints[0];
        Fail(endpoint, service, 5);
        Ejected(endpoint);

        _detector.ConnectSucceeded(endpoint);
        Assert.True(SpinWait.SpinUntil(() => endpoint.State.IsUsable, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void At_most_a_tenth_of_a_service_is_out_but_one_may_always_go()
    {
        var small = Service(3);
        _detector.Eject(small.Endpoints[0], small);
        _detector.Eject(small.Endpoints[1], small);
        Assert.Equal(1, Ejections(small));

        var large = Service(25);
        foreach (var endpoint in large.Endpoints)
        {
            _detector.Eject(endpoint, large);
        }

        Assert.Equal(2, Ejections(large));
    }

    private static int Ejections(MeshServicePort service) => service.Endpoints.ToArray().Count(endpoint => endpoint.State.IsEjected);

    private static void Ejected(Endpoint endpoint) =>
        Assert.True(SpinWait.SpinUntil(() => endpoint.State.IsEjected, TimeSpan.FromSeconds(10)));

    private static MeshServicePort Service(int endpoints) => new(
        new MeshService("shop", "orders", "orders.shop.mesh", MeshServiceKind.Service),
        80,
        AppProtocol.Tcp,
        [
            .. Enumerable.Range(1, endpoints).Select(i => new Endpoint
            {
                Kind = EndpointKind.Plain,
                Address = IpEndpoint.FromIPv4((uint)i, 80),
                DialAddress = IpEndpoint.FromIPv4((uint)i, 80),
            }),
        ]);

    private void Fail(Endpoint endpoint, MeshServicePort service, int times, RefusalCode reason = RefusalCode.ConnectFailed)
    {
        for (var i = 0; i < times; i++)
        {
            _detector.ConnectFailed(endpoint, service, reason);
        }
    }
}
