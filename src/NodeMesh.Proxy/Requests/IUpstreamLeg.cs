namespace NodeMesh.Proxy.Requests;

/// <summary>The side of an exchange towards its upstream.</summary>
internal interface IUpstreamLeg : IHttpLeg
{
    /// <summary>The response that came has opened the tunnel that was asked for.</summary>
    bool IsTunnel { get; }
}
