namespace NodeMesh.Xds.Enrollment;

/// <summary>POST /v1/health: every port of the node's workloads that does not serve, in the place of what was told before.</summary>
public sealed record HealthMessage(IReadOnlyList<UnhealthyPortMessage> Unhealthy);
