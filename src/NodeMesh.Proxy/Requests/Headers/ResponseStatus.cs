using System.Buffers.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>The status of a response: <c>:status</c>.</summary>
internal static class ResponseStatus
{
    /// <summary>0 when it is no number; the engines let none of those through.</summary>
    public static int Read(HeaderList response) =>
        response.TryGet(KnownHeader.Status, out var digits) && Utf8Parser.TryParse(digits, out int status, out var used) && used == digits.Length ? status : 0;

    public static void Add(HeaderList response, int status)
    {
        Span<byte> digits = stackalloc byte[3];
        Utf8Formatter.TryFormat(status, digits, out _);
        response.Add(KnownHeader.Status, digits);
    }
}
