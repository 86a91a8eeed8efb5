using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.LoadBalancing;

/// <summary>
/// Chooses an endpoint for a connection. Implementations hold no state of their own: it stands in the endpoints, so that any loop may use
/// the same picker. Picking allocates nothing.
/// </summary>
public interface IEndpointPicker
{
    /// <summary>
    /// The endpoint to use, already counted as active (the caller ends that with <see cref="EndpointState.Release"/>), or null when every
    /// endpoint was tried. Endpoints in trouble are left out while at least half are not.
    /// </summary>
    /// <param name="endpoints">Those of the service.</param>
    /// <param name="tried">Those that failed for this connection.</param>
    /// <param name="random">The calling loop's.</param>
    Endpoint? Pick(ReadOnlySpan<Endpoint> endpoints, in TriedEndpoints tried, Random random);
}
