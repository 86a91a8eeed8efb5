using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.LoadBalancing;

/// <summary>Two choices by expected wait, the latency estimate times the requests pending: the default for HTTP.</summary>
public sealed class PeakEwmaPicker : TwoChoicesPicker
{
    private readonly TimeProvider _time;

    public PeakEwmaPicker(TimeProvider time)
    {
        _time = time;
    }

    // One that was never asked is asked once: whatever the estimate said of it, fast others would keep it from being known for ever.
    private protected override double Load(EndpointState state) =>
        state.Active == 0 && !state.Latency.IsObserved ? 0 : state.Latency.Read(_time).TotalSeconds * (state.Active + 1);
}
