using NodeMesh.Http.Http1;
using NodeMesh.Http.Http2;

namespace NodeMesh.Proxy.Requests;

/// <summary>What metrics call the ways to break or to abuse HTTP.</summary>
internal static class HttpCounterNames
{
    private static readonly string[] Floods = [.. Enum.GetValues<Http2Flood>().Select(value => Kebab(value.ToString()))];
    private static readonly string[] Errors = [.. Enum.GetValues<Http1ErrorKind>().Select(value => Kebab(value.ToString()))];

    public static string Of(Http2Flood flood) => Floods[(int)flood];

    public static string Of(Http1ErrorKind kind) => Errors[(int)kind];

    private static string Kebab(string name) =>
        string.Concat(name.Select((letter, index) => char.IsUpper(letter) ? (index > 0 ? "-" : "") + char.ToLowerInvariant(letter) : letter.ToString()));
}
