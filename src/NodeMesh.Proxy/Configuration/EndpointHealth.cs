namespace NodeMesh.Proxy.Configuration;

/// <summary>Whether an endpoint is given connections.</summary>
public enum EndpointHealth
{
    Healthy,

    /// <summary>Its active health check fails, or its node reports that it does not serve, or its node is gone.</summary>
    Unhealthy,

    /// <summary>Taken out for a while after consecutive connect failures.</summary>
    Ejected,
}
