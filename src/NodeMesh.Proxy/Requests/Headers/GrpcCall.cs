using System.Buffers.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>What marks messages as gRPC (gRPC over HTTP/2).</summary>
internal static class GrpcCall
{
    /// <summary>The status of a call whose own cannot be read.</summary>
    public const int UnknownStatus = 2;

    private const int MaxDigits = 9;

    /// <summary>True for <c>application/grpc</c> and its kin <c>application/grpc+proto</c>; not for gRPC-Web.</summary>
    public static bool Is(HeaderList headers)
    {
        if (!headers.TryGet(KnownHeader.ContentType, out var type) || !type.StartsWith("application/grpc"u8))
        {
            return false;
        }

        var rest = type["application/grpc"u8.Length..];
        return rest.IsEmpty || rest[0] is (byte)'+' or (byte)';' or (byte)' ';
    }

    /// <summary>The call's status in the trailers, or in the headers of a response that is nothing else; false when it stands in neither.</summary>
    public static bool TryReadStatus(HeaderList headers, out int status)
    {
        status = UnknownStatus;
        if (!headers.TryGet(KnownHeader.GrpcStatus, out var text))
        {
            return false;
        }

        if (text.Length is >= 1 and <= MaxDigits && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9') && Utf8Parser.TryParse(text, out int read, out _))
        {
            status = read;
        }

        return true;
    }
}
