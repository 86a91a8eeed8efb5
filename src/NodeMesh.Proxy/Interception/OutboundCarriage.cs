using NodeMesh.Proxy.Requests;
using NodeMesh.Proxy.Upstreams;

namespace NodeMesh.Proxy.Interception;

/// <summary>What takes an outbound connection; neither when it is refused.</summary>
/// <param name="Session">Serves its requests one by one.</param>
/// <param name="Upstream">Takes its bytes.</param>
internal readonly record struct OutboundCarriage(IServerSession? Session, Upstream? Upstream);
