using System.Buffers.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// The response of the daemon itself: a status and the refusal's name, never what an upstream or a policy is called. A gRPC call is answered in gRPC's way, by
/// trailers alone.
/// </summary>
internal static class RefusalReply
{
    public static void Write(HeaderList reply, RefusalCode code, int status, bool isGrpc)
    {
        reply.Clear();
        ResponseStatus.Add(reply, isGrpc ? 200 : status);
        RefusedHeader.Set(reply, code);
        if (isGrpc)
        {
            Span<byte> digits = stackalloc byte[2];
            Utf8Formatter.TryFormat(RefusalCodes.GrpcStatus(code), digits, out var length);
            reply.Add(KnownHeader.ContentType, "application/grpc"u8);
            reply.Add(KnownHeader.GrpcStatus, digits[..length]);
            reply.Add(KnownHeader.GrpcMessage, RefusalCodes.Name(code));
        }
        else
        {
            reply.Add(KnownHeader.ContentLength, "0"u8);
        }
    }
}
