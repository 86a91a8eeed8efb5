namespace NodeMesh.Proxy.Configuration;

/// <summary>A DNS name to look up when a connection is made, and the port to dial there.</summary>
public readonly record struct UpstreamName(string Host, ushort Port);
