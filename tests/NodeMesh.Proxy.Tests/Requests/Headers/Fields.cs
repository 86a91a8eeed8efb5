using System.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Tests.Requests.Headers;

/// <summary>Header lists as tests write them.</summary>
internal static class Fields
{
    public static HeaderList Of(params (string Name, string Value)[] fields)
    {
        var headers = new HeaderList();
        foreach (var (name, value) in fields)
        {
            headers.Add(name, value);
        }

        return headers;
    }

    /// <summary>All values under a name, in order.</summary>
    public static string[] All(this HeaderList headers, string name)
    {
        var values = new List<string>();
        foreach (var field in headers)
        {
            if (string.Equals(Encoding.Latin1.GetString(field.Name), name, StringComparison.Ordinal))
            {
                values.Add(Encoding.Latin1.GetString(field.Value));
            }
        }

        return [.. values];
    }
}
