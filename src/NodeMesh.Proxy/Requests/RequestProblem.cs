using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Requests;

/// <summary>Why a request is refused for what it is.</summary>
internal sealed record RequestProblem(RefusalCode Code, string Detail);
