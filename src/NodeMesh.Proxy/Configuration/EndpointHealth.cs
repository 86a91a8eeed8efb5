namespace NodeMesh.Proxy.Configuration;

/// <summary>Whether an endpoint is given connections.</summary>
public enum EndpointHealth
{
    Healthy,

    /// <summary>Its active health check fails.</summary>
    Unhealthy,

    /// <summary>Taken out for a while after consecutive connect failures.</summary>
    Ejected,
}
