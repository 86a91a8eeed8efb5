namespace NodeMesh.Proxy.Authorization;

/// <summary>Brings the authority of a request to what hosts of policies are compared with.</summary>
internal static class HostText
{
    /// <summary>
    /// The host of <c>host[:port]</c>, an IPv6 literal with its brackets, without the dot that ends a fully qualified name: an application
    /// that takes <c>shop.example.</c> for <c>shop.example</c> would otherwise be reached around its policies.
    /// </summary>
    internal static ReadOnlySpan<byte> WithoutPort(ReadOnlySpan<byte> authority)
    {
        var host = authority;
        if (!authority.IsEmpty && authority[0] == (byte)'[')
        {
            var end = authority.IndexOf((byte)']');
            host = end < 0 ? authority : authority[..(end + 1)];
        }
        else if (authority.IndexOf((byte)':') is >= 0 and var colon)
        {
            host = authority[..colon];
        }

        return host.Length > 1 && host[^1] == (byte)'.' ? host[..^1] : host;
    }
}
