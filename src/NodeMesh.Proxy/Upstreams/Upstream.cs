using Microsoft.AspNetCore.Connections;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Upstreams;

/// <summary>An established way to an endpoint, which counts there until it has been carried to its end.</summary>
/// <param name="Pipe">A socket or a mesh stream.</param>
/// <param name="State">The endpoint's, already counted up; null where nothing is balanced.</param>
internal sealed record Upstream(ILoopDuplex Pipe, EndpointState? State) : IDisposable
{
    /// <summary>Gives it up before anything was carried.</summary>
    public void Abandon()
    {
        var reason = new ConnectionAbortedException("the client left before its upstream was connected");
        Pipe.Output.Complete(reason);
        Pipe.Input.Complete(reason);
        Dispose();
    }

    /// <summary>It was carried to its end.</summary>
    public void Dispose()
    {
        // A socket has closed with its two ends; the stream of a link goes back, for the next.
        if (Pipe is MeshStream tunnel)
        {
            tunnel.Dispose();
        }

        State?.Release();
    }
}
