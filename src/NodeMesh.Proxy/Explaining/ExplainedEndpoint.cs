using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources.Authentication;

namespace NodeMesh.Proxy.Explaining;

/// <summary>An endpoint that would be tried, and what would be decided there.</summary>
/// <param name="Mode">Its PeerAuthentication mode; null outside the mesh.</param>
/// <param name="Policy">The decision of its policies with all that was looked at; null outside the mesh.</param>
public sealed record ExplainedEndpoint(Endpoint Endpoint, PeerAuthenticationMode? Mode, AuthorizationTrace? Policy);
