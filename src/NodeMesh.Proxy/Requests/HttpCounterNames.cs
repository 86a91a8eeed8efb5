using NodeMesh.Http.Http1;

namespace NodeMesh.Proxy.Requests;

/// <summary>What metrics call the ways to break HTTP/1.1.</summary>
internal static class HttpCounterNames
{
    private static readonly string[] Errors = [.. Enum.GetValues<Http1ErrorKind>().Select(value => Snake(value.ToString()))];

    public static string Of(Http1ErrorKind kind) => Errors[(int)kind];

    private static string Snake(string name) =>
        string.Concat(name.Select((letter, index) => char.IsUpper(letter) ? (index > 0 ? "_" : "") + char.ToLowerInvariant(letter) : letter.ToString()));
}
