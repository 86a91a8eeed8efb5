namespace NodeMesh.Proxy.Requests;

/// <summary>The side of an exchange towards its client.</summary>
internal interface IDownstreamLeg : IHttpLeg
{
    /// <summary>A success that opens no tunnel answers the client that asked for one. False when its protocol has no way to say that.</summary>
    bool TryDeclineTunnel();
}
