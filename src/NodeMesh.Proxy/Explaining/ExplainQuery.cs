namespace NodeMesh.Proxy.Explaining;

/// <summary>A question to the deciding code: what would become of a connection?</summary>
/// <param name="Source"><c>namespace/name</c> of a workload of the mesh, a SPIFFE ID, or <c>unknown</c> for a process that no Workload claims.</param>
/// <param name="Destination">An IP address, a DNS name of the mesh, or <c>namespace/name</c> of a service.</param>
/// <param name="Port">The port the client names.</param>
public sealed record ExplainQuery(string Source, string Destination, ushort Port);
