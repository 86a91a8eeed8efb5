using System.Collections.Frozen;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>The stable texts of the refusal codes.</summary>
public static class RefusalCodes
{
    private static readonly RefusalDescription[] Descriptions =
    [
        new(RefusalCode.None, "none", "", "Nothing was refused.", "Nothing to do.", HttpStatus: 200, GrpcStatus: 0),
        new(
            RefusalCode.NoIdentity,
            "no-identity",
            "",
            "The process that connected belongs to no Workload of this node, so it has no identity to show to the mesh.",
            "Give the process a Workload whose selector names its systemd unit, user, cgroup or executable.",
            HttpStatus: 403,
            GrpcStatus: 7),
        new(
            RefusalCode.Unattested,
            "unattested",
            "",
            "The kernel could not tell which process connected, so it may be any workload's, and what it asked for is not open to everybody.",
            "Usually a client that closed at once after it connected: let it wait for an answer. If it happens to others, see the detail in the access log.",
            HttpStatus: 403,
            GrpcStatus: 7),
        new(
            RefusalCode.NoCertificate,
            "no-certificate",
            "",
            "The workload is known, but this node holds no valid certificate for its identity.",
            "See 'nodemeshctl certificates'; issue one, or look in the daemon's log for why renewal failed.",
            HttpStatus: 503,
            GrpcStatus: 14),
        new(
            RefusalCode.DeniedByPolicy,
            "denied-by-policy",
            "UAEX",
            "An AuthorizationPolicy refused it: a DENY rule matched, or there are ALLOW policies and none matched.",
            "See 'nodemeshctl explain SOURCE DESTINATION:PORT' for the rule, and allow the source if it should have access.",
            HttpStatus: 403,
            GrpcStatus: 7),
        new(
            RefusalCode.RevokedByPolicy,
            "revoked-by-policy",
            "UAEX",
            "The connection was allowed when it was opened and lost that right when policy, workload or trust changed.",
            "Expected after tightening a policy; else compare the policy with 'nodemeshctl explain'.",
            HttpStatus: 403,
            GrpcStatus: 7),
        new(
            RefusalCode.UnknownService,
            "unknown-service",
            "NR",
            "No Service, ServiceEntry or Workload is known under the destination address and port.",
            "Check the name, address and port with 'nodemeshctl get services'; declare the port if it is missing.",
            HttpStatus: 404,
            GrpcStatus: 12),
        new(
            RefusalCode.NoHealthyEndpoint,
            "no-healthy-endpoint",
            "UH",
            "The service is known, but it has no endpoint that can be used.",
            "See 'nodemeshctl describe service NAME': does its selector match a Workload, and do its health checks pass?"),
        new(
            RefusalCode.ConnectFailed,
            "connect-failed",
            "UF",
            "The endpoint, or the application behind it, did not accept the connection.",
            "Check that the application listens on the declared address and port, and that TCP 15008 is open between the nodes."),
        new(
            RefusalCode.TlsPeerIdentity,
            "tls-peer-identity",
            "UF",
            "The peer has no certificate of the identity the endpoint should have, or proved another.",
            "Check that the Workload's node, address and service account are right, and with 'nodemeshctl certificates' on its node that it has one; if so, something else answers on that address.",
            HttpStatus: 503,
            GrpcStatus: 14),
        new(
            RefusalCode.TlsUntrusted,
            "tls-untrusted",
            "UF",
            "The peer's certificate does not chain to a trusted authority, has expired, or is no valid SVID.",
            "Compare the trust bundles and clocks of both nodes ('nodemeshctl certificates' on each)."),
        new(
            RefusalCode.TlsHandshake,
            "tls-handshake",
            "UF",
            "The TLS handshake failed before either side judged a certificate.",
            "Check that a mesh daemon, not something else, answers on the mesh port; its log says what it saw."),
        new(
            RefusalCode.PlaintextRefused,
            "plaintext-refused",
            "",
            "Plaintext reached a port that accepts mutual TLS only (PeerAuthentication STRICT).",
            "Bring the client into the mesh, or set the port to PERMISSIVE while it is not.",
            HttpStatus: 403,
            GrpcStatus: 7),
        new(
            RefusalCode.EgressDenied,
            "egress-denied",
            "NR",
            "The destination is outside the mesh and egress is restricted to registered services.",
            "Declare it as a ServiceEntry, or set egress.mode to allow-any.",
            HttpStatus: 403,
            GrpcStatus: 7),
        new(
            RefusalCode.DestinationMismatch,
            "destination-mismatch",
            "NR",
            "A mesh peer asked this node for an address or port that none of its workloads has.",
            "The peer's configuration is out of date or wrong: compare revisions with 'nodemeshctl status' on both nodes.",
            HttpStatus: 404,
            GrpcStatus: 12),
        new(
            RefusalCode.ProtocolError,
            "protocol-error",
            "DPE",
            "A mesh peer sent something that is not HTTP/2 CONNECT.",
            "Check what connects to the mesh port; only mesh daemons should.",
            HttpStatus: 400,
            GrpcStatus: 13),
        new(
            RefusalCode.Overload,
            "overload",
            "UO",
            "A limit on connections, streams or memory was reached.",
            "See the pool and buffer metrics; raise the limit if the load is legitimate."),
        new(
            RefusalCode.Draining,
            "draining",
            "DO",
            "The daemon is shutting down and takes nothing new.",
            "Wait for the restart to end; clients may try again."),
        new(
            RefusalCode.NoConfiguration,
            "no-configuration",
            "NR",
            "The daemon has no valid configuration yet, and carries nothing for the mesh until it has.",
            "See 'nodemeshctl status' and 'nodemeshctl validate' for what is missing or wrong."),
        new(
            RefusalCode.UpstreamClosed,
            "upstream-closed",
            "UC",
            "The upstream closed or reset a connection that was established.",
            "Look at the application's or the peer daemon's log at the same time."),
        new(
            RefusalCode.DownstreamClosed,
            "downstream-closed",
            "DC",
            "The client closed or reset before the connection was established.",
            "Usually the client's own timeout: compare it with the connect and handshake histograms."),
        new(
            RefusalCode.Timeout,
            "timeout",
            "UT",
            "A deadline passed: connect, handshake, first byte or idle.",
            "Check the path to the peer; the access log's duration tells which deadline it was.",
            HttpStatus: 504,
            GrpcStatus: 4),
        new(
            RefusalCode.Loop,
            "loop",
            "",
            "The original destination is one of the daemon's own listeners; carrying it would loop.",
            "Connect to the service's address, not to the daemon's ports; check the rules with 'nodemesh-iptables status'.",
            HttpStatus: 508,
            GrpcStatus: 13),
        new(
            RefusalCode.Internal,
            "internal",
            "",
            "A failure inside the daemon.",
            "The daemon's log has the exception: please report it.",
            HttpStatus: 500,
            GrpcStatus: 13),
        new(
            RefusalCode.NoRoute,
            "no-route",
            "NR",
            "The service is known, but none of its routes takes the request.",
            "Compare the request's host, path and method with the routes of the service.",
            HttpStatus: 404,
            GrpcStatus: 12),
        new(
            RefusalCode.BadRequest,
            "bad-request",
            "DPE",
            "The client sent a request that breaks the rules of HTTP.",
            "The access log's detail names the rule; the client, or whoever attacks through it, is at fault.",
            HttpStatus: 400,
            GrpcStatus: 13),
        new(
            RefusalCode.HeadersTooLarge,
            "headers-too-large",
            "DPE",
            "The target or the header fields of a request are larger, or more, than the limits allow.",
            "Raise the http limits of the MeshConfig if the request is legitimate; often cookies have piled up.",
            HttpStatus: 431,
            GrpcStatus: 8),
        new(
            RefusalCode.RequestTooLarge,
            "request-too-large",
            "DPE",
            "The body of a request is larger than the limits allow.",
            "Raise the limit if the request is legitimate.",
            HttpStatus: 413,
            GrpcStatus: 8),
        new(
            RefusalCode.RequestTimeout,
            "request-timeout",
            "DPE",
            "The client did not send the whole head of its request in time.",
            "Usually a client that is stuck or attacks; else raise http.headerTimeout of the MeshConfig.",
            HttpStatus: 408,
            GrpcStatus: 4),
        new(
            RefusalCode.NotServed,
            "not-served",
            "DPE",
            "The request asks for what is not served: a plain CONNECT, another version of HTTP, or an unknown transfer coding.",
            "Declare the port as tcp if the application needs it, so that its bytes are not looked at.",
            HttpStatus: 501,
            GrpcStatus: 12),
        new(
            RefusalCode.Flood,
            "flood",
            "DPE",
            "A peer sent frames or resets out of all proportion to its requests; its connection was closed.",
            "The metric nodemesh_http_floods_total tells which kind; look at the client's HTTP library, or who uses it.",
            HttpStatus: 429,
            GrpcStatus: 8),
        new(
            RefusalCode.UpstreamProtocolError,
            "upstream-protocol-error",
            "UPE",
            "The upstream answered with what is no right HTTP, or cut its answer short.",
            "Check the port's protocol: http2 and grpc need an application that speaks HTTP/2 in plaintext.",
            HttpStatus: 502,
            GrpcStatus: 14),
        new(
            RefusalCode.UpstreamReset,
            "upstream-reset",
            "UR",
            "The upstream reset the request before it was answered.",
            "Look at the application's log at the same time: it gave the request up.",
            HttpStatus: 503,
            GrpcStatus: 14),
        new(
            RefusalCode.RetriesExhausted,
            "retries-exhausted",
            "URX",
            "The request failed, and was tried as often as its policy and the budget of its destination allow.",
            "See why the tries failed: the endpoints are in trouble, or the load is more than they can bear.",
            HttpStatus: 503,
            GrpcStatus: 14),
        new(
            RefusalCode.StreamIdle,
            "stream-idle",
            "SI",
            "Neither side sent anything on the request for as long as timeouts.idle of the service allows.",
            "Raise timeouts.idle of the Service for requests that rest long, or let the application send something.",
            HttpStatus: 504,
            GrpcStatus: 4),
    ];

    private static readonly FrozenDictionary<string, RefusalDescription> ByName =
        Descriptions.ToFrozenDictionary(description => description.Name, StringComparer.Ordinal);

    /// <summary>All codes, in the order of the enumeration.</summary>
    public static IReadOnlyList<RefusalDescription> All => Descriptions;

    public static RefusalDescription Describe(RefusalCode code) => Descriptions[(int)code];

    /// <summary>The stable name in kebab case; allocates nothing.</summary>
    public static string Name(RefusalCode code) => Descriptions[(int)code].Name;

    /// <summary>The HTTP status that a request refused so is answered with.</summary>
    public static int HttpStatus(RefusalCode code) => Descriptions[(int)code].HttpStatus;

    /// <summary>The gRPC status that a call refused so is answered with.</summary>
    public static int GrpcStatus(RefusalCode code) => Descriptions[(int)code].GrpcStatus;

    /// <summary>The code of a stable name, or null if there is none.</summary>
    public static RefusalCode? Parse(string name) => ByName.TryGetValue(name, out var description) ? description.Code : null;
}
