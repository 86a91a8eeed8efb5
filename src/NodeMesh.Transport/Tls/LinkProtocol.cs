namespace NodeMesh.Transport.Tls;

/// <summary>What the server of a mesh link understands, as ALPN has told: HTTP/2 on the wire either way.</summary>
public enum LinkProtocol
{
    /// <summary>ALPN <c>h2</c>: CONNECT streams and nothing else, as Istio's ztunnel does it.</summary>
    Hbone,

    /// <summary>ALPN <c>nodemesh/1</c>: requests as streams of their own besides.</summary>
    NodeMesh,
}
