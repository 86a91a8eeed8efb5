namespace NodeMesh.Proxy.Requests;

/// <summary>The side of an exchange towards its upstream.</summary>
internal interface IUpstreamLeg : IHttpLeg
{
    /// <summary>The response that came has opened the tunnel that was asked for.</summary>
    bool IsTunnel { get; }

    /// <summary>Why the request was not sent, after its headers were not taken: for what the connection is, or for what the request is.</summary>
    LegFailure Unsent { get; }
}
