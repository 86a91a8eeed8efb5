namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// Why a connection or request was refused or cut. One list for the access log, the metrics, the <c>nodemesh-refused</c> header and
/// <c>nodemeshctl explain</c>; <see cref="RefusalCodes"/> has the stable texts. New codes are added, none is renamed.
/// </summary>
public enum RefusalCode
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>The local process belongs to no workload, and unknown sources may not go where it went.</summary>
    NoIdentity,

    /// <summary>The kernel could not tell which local process connected, so it may be any, and what it asked for is not everybody's.</summary>
    Unattested,

    /// <summary>The workload is known, but the node holds no valid certificate for it.</summary>
    NoCertificate,

    /// <summary>An AuthorizationPolicy refused it: a DENY matched, or no ALLOW did.</summary>
    DeniedByPolicy,

    /// <summary>A connection that was allowed lost that right when policy, workload or trust changed.</summary>
    RevokedByPolicy,

    /// <summary>No service, workload or route is known under the destination.</summary>
    UnknownService,

    /// <summary>The service is known but has no endpoint at all, or none that may be used.</summary>
    NoHealthyEndpoint,

    /// <summary>The endpoint, or the application behind it, did not accept the connection.</summary>
    ConnectFailed,

    /// <summary>The peer has no certificate of the identity that the endpoint should have, or proved another.</summary>
    TlsPeerIdentity,

    /// <summary>The peer's certificate does not chain to a trusted authority, or is no valid SVID.</summary>
    TlsUntrusted,

    /// <summary>The TLS handshake failed for another reason.</summary>
    TlsHandshake,

    /// <summary>Plaintext reached a port whose PeerAuthentication mode is STRICT.</summary>
    PlaintextRefused,

    /// <summary>The destination is outside the mesh, and the egress mode does not let the source out.</summary>
    EgressDenied,

    /// <summary>A mesh peer asked for an address or port that no workload of this node has.</summary>
    DestinationMismatch,

    /// <summary>A mesh peer sent something that is not the mesh protocol.</summary>
    ProtocolError,

    /// <summary>A limit on connections, streams or memory was reached.</summary>
    Overload,

    /// <summary>The daemon is shutting down and takes nothing new.</summary>
    Draining,

    /// <summary>The daemon has no valid configuration yet.</summary>
    NoConfiguration,

    /// <summary>The upstream closed or reset a connection that was established.</summary>
    UpstreamClosed,

    /// <summary>The client closed or reset before the connection was established.</summary>
    DownstreamClosed,

    /// <summary>A deadline passed: connect, handshake, first byte or idle.</summary>
    Timeout,

    /// <summary>The original destination is one of the daemon's own listeners: carrying it would loop.</summary>
    Loop,

    /// <summary>A failure inside the daemon; its log has the exception.</summary>
    Internal,

    /// <summary>The service is known, but no route of it takes the request.</summary>
    NoRoute,

    /// <summary>What the client sent is HTTP, but not right.</summary>
    BadRequest,

    /// <summary>The fields of a request, or its target, are larger or more than the limits allow.</summary>
    HeadersTooLarge,

    /// <summary>The body of a request is larger than the limits allow.</summary>
    RequestTooLarge,

    /// <summary>The client did not send its request in time.</summary>
    RequestTimeout,

    /// <summary>A request asked for what is not served: a plain CONNECT, an unknown HTTP version or transfer coding.</summary>
    NotServed,

    /// <summary>A peer sent frames or resets out of all proportion.</summary>
    Flood,

    /// <summary>What the upstream answered is no right HTTP.</summary>
    UpstreamProtocolError,

    /// <summary>The upstream reset the request's stream.</summary>
    UpstreamReset,

    /// <summary>A request was tried as often as its policy or budget allows, and failed each time.</summary>
    RetriesExhausted,

    /// <summary>Neither side sent anything on a request for too long.</summary>
    StreamIdle,
}
