using NodeMesh.Spiffe;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>How a session of <see cref="TestServer"/> went.</summary>
internal sealed record TestServerResult(
    TlsStatus Status,
    TlsFailure? Failure,
    SpiffeId? PeerId,
    SpiffeId? LocalId,
    string? ServerName,
    bool WasResumed,
    string Cipher,
    LinkProtocol Protocol);
