using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.LoadBalancing;

/// <summary>Two choices by the number of active connections: the default for TCP, where a connection is the unit of work.</summary>
public sealed class LeastConnectionsPicker : TwoChoicesPicker
{
    private protected override double Load(EndpointState state) => state.Active;
}
