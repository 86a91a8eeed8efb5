using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.LoadBalancing;

namespace NodeMesh.Proxy.Tests.LoadBalancing;

public sealed class TwoChoicesPickerTests
{
    private readonly Random _random = new(11);
    private readonly LeastConnectionsPicker _picker = new();

    [Fact]
    public void No_endpoints_are_no_choice() => Assert.Null(_picker.Pick([], default, _random));

    [Fact]
    public void A_single_endpoint_is_picked_and_counted()
    {
        var endpoints = Endpoints(1);

        Assert.Same(endpoints[0], _picker.Pick(endpoints, default, _random));
        Assert.Equal(1, endpoints[0].State.Active);
    }

    [Fact]
    public void Of_two_the_less_loaded_is_always_picked()
    {
        var endpoints = Endpoints(2);
        endpoints[0].State.Acquire();
        endpoints[0].State.Acquire();

        Assert.Same(endpoints[1], _picker.Pick(endpoints, default, _random));
        Assert.Same(endpoints[1], _picker.Pick(endpoints, default, _random));
    }

    [Fact]
    public void Long_lived_connections_spread_evenly()
    {
        var endpoints = Endpoints(10);
        for (var i = 0; i < 1000; i++)
        {
            Assert.NotNull(_picker.Pick(endpoints, default, _random));
        }

        Assert.All(endpoints, endpoint => Assert.InRange(endpoint.State.Active, 95, 105));
    }

    [Fact]
    public void Idle_endpoints_all_get_their_turn()
    {
        var endpoints = Endpoints(10);
        var seen = new HashSet<Endpoint>();
        for (var i = 0; i < 200; i++)
        {
            var picked = _picker.Pick(endpoints, default, _random)!;
            picked.State.Release();
            seen.Add(picked);
        }

        Assert.Equal(10, seen.Count);
    }

    [Fact]
    public void Endpoints_in_trouble_are_left_out()
    {
        var endpoints = Endpoints(4);
        endpoints[0].State.SetCheck(passing: false);
        endpoints[2].State.SetEjected(true);

        Assert.All(PickMany(endpoints, 100), picked => Assert.True(picked.State.IsUsable));
    }

    [Fact]
    public void With_less_than_half_healthy_all_are_used()
    {
        var endpoints = Endpoints(5);
        endpoints[0].State.SetCheck(passing: false);
        endpoints[1].State.SetCheck(passing: false);
        endpoints[2].State.SetCheck(passing: false);

        Assert.Equal(5, PickMany(endpoints, 200).Distinct().Count());
    }

    [Fact]
    public void Endpoints_that_are_reported_dead_are_left_out_however_many_they_are()
    {
        var endpoints = Endpoints(5);
        foreach (var dead in endpoints.Take(4))
        {
            dead.State.SetReportedDead(true);
        }

        Assert.All(PickMany(endpoints, 100), picked => Assert.Same(endpoints[4], picked));
    }

    [Fact]
    public void Where_every_endpoint_is_reported_dead_all_are_used()
    {
        var endpoints = Endpoints(5);
        foreach (var dead in endpoints)
        {
            dead.State.SetReportedDead(true);
        }

        Assert.Equal(5, PickMany(endpoints, 200).Distinct().Count());
    }

    [Fact]
    public void A_tried_endpoint_is_not_picked_again()
    {
        var endpoints = Endpoints(3);
        var tried = default(TriedEndpoints);
        for (var i = 0; i < 3; i++)
        {
            var picked = _picker.Pick(endpoints, tried, _random);
            Assert.NotNull(picked);
            Assert.False(tried.Contains(picked));
            tried.Add(picked);
        }

        Assert.Null(_picker.Pick(endpoints, tried, _random));
    }

    [Fact]
    public void When_all_healthy_ones_were_tried_one_in_trouble_is_tried_too()
    {
        var endpoints = Endpoints(2);
        endpoints[1].State.SetCheck(passing: false);
        var tried = default(TriedEndpoints);
        tried.Add(endpoints[0]);

        Assert.Same(endpoints[1], _picker.Pick(endpoints, tried, _random));
    }

    [Fact]
    public void A_connection_tries_a_handful_and_no_more()
    {
        var tried = default(TriedEndpoints);
        foreach (var endpoint in Endpoints(TriedEndpoints.Capacity))
        {
            tried.Add(endpoint);
        }

        Assert.True(tried.IsFull);
    }

    [Fact]
    public void Picking_allocates_nothing()
    {
        var endpoints = Endpoints(20);
        var tried = default(TriedEndpoints);
        tried.Add(endpoints[3]);
        _picker.Pick(endpoints, tried, _random);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            _picker.Pick(endpoints, tried, _random)!.State.Release();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Peak_EWMA_prefers_the_faster_and_less_busy_endpoint()
    {
        var time = new ManualTime();
        var picker = new PeakEwmaPicker(time);
        var endpoints = Endpoints(2);
        endpoints[0].State.Latency.Observe(TimeSpan.FromMilliseconds(100), time);
        endpoints[1].State.Latency.Observe(TimeSpan.FromMilliseconds(40), time);

        Assert.Same(endpoints[1], picker.Pick(endpoints, default, _random));
        Assert.Same(endpoints[1], picker.Pick(endpoints, default, _random));
        Assert.Same(endpoints[0], picker.Pick(endpoints, default, _random));
    }

    [Fact]
    public void Peak_EWMA_asks_one_that_was_never_asked_however_fast_the_others_are()
    {
        var time = new ManualTime();
        var picker = new PeakEwmaPicker(time);
        var endpoints = Endpoints(2);
        endpoints[0].State.Latency.Observe(TimeSpan.FromMicroseconds(200), time);

        Assert.Same(endpoints[1], picker.Pick(endpoints, default, _random));
        Assert.Same(endpoints[0], picker.Pick(endpoints, default, _random));
    }

    [Fact]
    public void Peak_EWMA_rises_at_once_and_decays_with_its_time_constant()
    {
        var time = new ManualTime();
        var latency = new PeakEwma();
        Assert.Equal(30, latency.Read(time).TotalMilliseconds, 1.0);

        latency.Observe(TimeSpan.FromSeconds(1), time);
        Assert.Equal(1, latency.Read(time).TotalSeconds, 1e-6);

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(Math.Exp(-1), latency.Read(time).TotalSeconds, 1e-3);

        latency.Observe(TimeSpan.FromSeconds(0.5), time);
        Assert.Equal(Math.Exp(-1) + (0.5 * (1 - Math.Exp(-1))), latency.Read(time).TotalSeconds, 1e-3);
    }

    private List<Endpoint> PickMany(Endpoint[] endpoints, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => _picker.Pick(endpoints, default, _random)!)];

    private static Endpoint[] Endpoints(int count) =>
    [
        .. Enumerable.Range(1, count).Select(i => new Endpoint
        {
            Kind = EndpointKind.Plain,
            Address = IpEndpoint.FromIPv4((uint)i, 80),
            DialAddress = IpEndpoint.FromIPv4((uint)i, 80),
        }),
    ];
}
