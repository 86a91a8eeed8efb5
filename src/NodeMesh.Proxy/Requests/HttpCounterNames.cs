using NodeMesh.Http.Http1;

namespace NodeMesh.Proxy.Requests;

/// <summary>What metrics call the ways to break HTTP/1.1.</summary>
internal static class HttpCounterNames
{
    private static readonly string[] Errors = NamesOf<Http1ErrorKind>();
    private static readonly string[] Smuggling = NamesOf<Http1Smuggling>();

    public static string Of(Http1ErrorKind kind) => Errors[(int)kind];

    public static string Of(Http1Smuggling smuggling) => Smuggling[(int)smuggling];

    private static string[] NamesOf<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => Snake(value.ToString()))];

    private static string Snake(string name) =>
        string.Concat(name.Select((letter, index) => char.IsUpper(letter) ? (index > 0 ? "_" : "") + char.ToLowerInvariant(letter) : letter.ToString()));
}
