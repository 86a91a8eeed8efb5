using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Interception;

/// <summary>The daemon at the far end of a mesh link, for one CONNECT: told a status, and the reason when it is refused.</summary>
/// <param name="refusedStatus">The status of a refusal that is known already; null when it was none.</param>
/// <param name="response">The loop's, written and sent before anything else uses it.</param>
internal sealed class InboundMeshClient(ProxiedConnection connection, MeshStream tunnel, string? refusedStatus, HeaderList response) : IInboundClient
{
    private bool _accepted;

    public ILoopDuplex Pipe => tunnel;

    public void Begin()
    {
        // Judged when the request came, by headers that are gone.
    }

    public void Accept()
    {
        if (!_accepted)
        {
            _accepted = true;
            Respond("200", endStream: false);
        }
    }

    public void Refuse()
    {
        if (_accepted)
        {
            tunnel.Abort(new OperationCanceledException("the tunnel was refused"), Http2ErrorCode.ConnectError);
            return;
        }

        Respond(refusedStatus ?? (connection.Refusal == RefusalCode.DeniedByPolicy ? "401" : "503"), endStream: true);

        // What the client may still send has no reader; the answer was whole, so this is no error (RFC 9113, section 8.1).
        tunnel.Abort(new OperationCanceledException("the tunnel was refused"), Http2ErrorCode.NoError);
    }

    public void Fail(Exception exception) => tunnel.Abort(exception, Http2ErrorCode.InternalError);

    public void End() => tunnel.Dispose();

    private void Respond(string status, bool endStream)
    {
        if (tunnel.IsBroken)
        {
            return;
        }

        response.Clear();
        response.Add(KnownHeader.Status, status);
        if (endStream)
        {
            RefusedHeader.Set(response, connection.Refusal);
        }

        tunnel.Http2!.WriteHeaders(response, endStream);
        tunnel.Link.Flush();
    }
}
