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

    private protected override double Load(EndpointState state) => state.Latency.Read(_time).TotalSeconds * (state.Active + 1);
}
