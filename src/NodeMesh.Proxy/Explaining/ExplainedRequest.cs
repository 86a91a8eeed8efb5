using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Explaining;

/// <summary>The HTTP request that an <see cref="ExplainQuery"/> asks about, as it would be forwarded.</summary>
/// <param name="Method">In upper case.</param>
/// <param name="Host">With or without a port; null for the name of the destination.</param>
/// <param name="Path">With or without a query; begins with a slash.</param>
/// <param name="Headers">Their names are put into lower case.</param>
public sealed record ExplainedRequest(string Method, string? Host, string Path, IReadOnlyList<(string Name, string Value)> Headers)
{
    public override string ToString() => $"{Method} {Host}{Path}";

    internal HeaderList ToHeaders()
    {
        var list = new HeaderList();
        list.Add(KnownHeader.Method, Method);
        list.Add(KnownHeader.Scheme, "http");
        if (Host is not null)
        {
            list.Add(KnownHeader.Authority, Host);
        }

        list.Add(KnownHeader.Path, Path);
        foreach (var (name, value) in Headers)
        {
            list.Add(name.ToLowerInvariant(), value);
        }

        return list;
    }
}
