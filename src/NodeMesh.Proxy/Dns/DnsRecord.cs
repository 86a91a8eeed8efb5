namespace NodeMesh.Proxy.Dns;

/// <summary>A resource record as read from the wire.</summary>
/// <param name="Name">The owner, as in <see cref="DnsQuery.Name"/>.</param>
/// <param name="Type">The type.</param>
/// <param name="Class">The class; for OPT the UDP payload size.</param>
/// <param name="Ttl">Seconds; for OPT the extended RCODE, version and flags.</param>
/// <param name="Data">Where RDATA lies in the message.</param>
internal readonly record struct DnsRecord(string Name, DnsRecordType Type, ushort Class, uint Ttl, Range Data);
