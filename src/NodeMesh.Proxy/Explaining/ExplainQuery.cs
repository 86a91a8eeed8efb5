namespace NodeMesh.Proxy.Explaining;

/// <summary>A question to the deciding code: what would become of a connection, or of a request on it?</summary>
/// <param name="Source"><c>namespace/name</c> of a workload of the mesh, a SPIFFE ID, or <c>unknown</c> for a process that no Workload claims.</param>
/// <param name="Destination">An IP address, a DNS name of the mesh, or <c>namespace/name</c> of a service.</param>
/// <param name="Port">The port the client names.</param>
/// <param name="Request">Null: the connection alone is asked about.</param>
public sealed record ExplainQuery(string Source, string Destination, ushort Port, ExplainedRequest? Request = null);
