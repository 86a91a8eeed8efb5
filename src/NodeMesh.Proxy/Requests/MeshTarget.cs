using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Requests;

/// <summary>What a request on a mesh link says of where it goes.</summary>
/// <param name="Address">The workload's address and port, as the mesh knows it; the default when it names none.</param>
/// <param name="IsHttp2">The application that sent it speaks HTTP/2.</param>
/// <param name="NamesAnother">The workload that is named is not the one behind the address.</param>
internal readonly record struct MeshTarget(IpEndpoint Address, bool IsHttp2, bool NamesAnother);
