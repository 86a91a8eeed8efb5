using System.Net;

namespace NodeMesh.Resources.Services;

/// <summary>The virtual addresses of one service. A family is null when no range of it is configured, or none has a free address.</summary>
public sealed record ServiceVips(IPAddress? IPv4, IPAddress? IPv6);
