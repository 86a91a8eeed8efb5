namespace NodeMesh.Proxy.Health;

/// <summary>What is known of the endpoints of another node.</summary>
/// <param name="IsOut">The node itself is not heard of, or new traffic is kept from it.</param>
/// <param name="Dead">Ports where nobody serves, by namespace and name of the workload.</param>
public sealed record NodeReport(bool IsOut, IReadOnlySet<(string Namespace, string Workload, ushort Port)> Dead);
