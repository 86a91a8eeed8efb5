using System.IO.Pipelines;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;

namespace NodeMesh.Proxy.Upstreams;

/// <summary>An established way to an endpoint, which counts there until it has been carried to its end.</summary>
/// <param name="Pipe">A socket or a mesh stream.</param>
/// <param name="State">The endpoint's, already counted up; null where nothing is balanced.</param>
internal sealed record Upstream(IDuplexPipe Pipe, EndpointState? State)
{
    public async ValueTask CarryAsync(ProxiedConnection connection, IDuplexPipe client)
    {
        try
        {
            await connection.RelayAsync(client, Pipe);
        }
        finally
        {
            State?.Release();
        }
    }
}
