namespace NodeMesh.Xds.Enrollment;

/// <summary>A port that does not serve: its health check fails, or nobody listens there.</summary>
public sealed record UnhealthyPortMessage(string Namespace, string Workload, int Port);
