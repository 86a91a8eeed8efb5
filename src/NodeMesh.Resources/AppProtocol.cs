namespace NodeMesh.Resources;

/// <summary>What an application speaks on a port.</summary>
public enum AppProtocol
{
    /// <summary>Not declared: found out from the first bytes where the daemon can, else carried as TCP.</summary>
    Auto,

    /// <summary>Opaque bytes; also right for every protocol where the server speaks first.</summary>
    Tcp,

    /// <summary>HTTP/1.x.</summary>
    Http,

    /// <summary>HTTP/2 with prior knowledge.</summary>
    Http2,

    /// <summary>gRPC over HTTP/2.</summary>
    Grpc,

    /// <summary>TLS of the application's own, passed through and routed by SNI.</summary>
    Tls,
}
