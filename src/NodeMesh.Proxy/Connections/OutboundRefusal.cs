using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Connections;

/// <summary>Why something is refused, as a code and in words.</summary>
internal readonly record struct OutboundRefusal(RefusalCode Code, string Detail);
