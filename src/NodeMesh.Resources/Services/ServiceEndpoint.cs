using System.Net;

namespace NodeMesh.Resources.Services;

/// <summary>A static endpoint of a service, outside the mesh: reached in plaintext.</summary>
public sealed record ServiceEndpoint
{
    public required IPAddress Address { get; init; }

    /// <summary>Null: the service port's target port.</summary>
    public ushort? Port { get; init; }
}
