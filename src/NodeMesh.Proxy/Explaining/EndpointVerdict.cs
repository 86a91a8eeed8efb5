using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources.Authentication;

namespace NodeMesh.Proxy.Explaining;

/// <summary>What would be decided at one endpoint, here and at its own node.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Kind">The way there, or Refused by either side.</param>
/// <param name="Refusal">None unless refused.</param>
/// <param name="MayTryAnother">Refused, and another endpoint would be tried.</param>
/// <param name="Mode">Its PeerAuthentication mode; null outside the mesh, or when it was not asked.</param>
/// <param name="Policy">The decision of its policies; null likewise.</param>
internal sealed record EndpointVerdict(
    Endpoint Endpoint, OutboundWayKind Kind, RefusalCode Refusal, bool MayTryAnother, PeerAuthenticationMode? Mode, AuthorizationTrace? Policy)
{
    public ExplainedEndpoint Explained => new(Endpoint, Mode, Policy);
}
