namespace NodeMesh.Transport.Tls;

/// <summary>
/// The names by which the ends of a mesh link agree on a <see cref="LinkProtocol"/> (ALPN, RFC 7301). The name of our own ends in the version of
/// what it promises beyond HTTP/2; a change that older daemons would misunderstand gets a new one.
/// </summary>
internal static class ApplicationProtocols
{
    /// <summary>Both as a client offers them, the better first, each behind its length.</summary>
    public static ReadOnlySpan<byte> Offered => "\u000Anodemesh/1\u0002h2"u8;

    private static ReadOnlySpan<byte> NodeMesh => "nodemesh/1"u8;

    private static ReadOnlySpan<byte> Http2 => "h2"u8;

    /// <summary>The protocol of a name; false for one that no mesh link speaks.</summary>
    public static bool TryParse(ReadOnlySpan<byte> name, out LinkProtocol protocol)
    {
        protocol = name.SequenceEqual(NodeMesh) ? LinkProtocol.NodeMesh : LinkProtocol.Hbone;
        return protocol == LinkProtocol.NodeMesh || name.SequenceEqual(Http2);
    }

    /// <summary>The best of an offer that is no better than <paramref name="best"/>: where its name stands; empty when there is none.</summary>
    /// <param name="offered">Whole names, none of them empty, each behind its length: OpenSSL has checked that.</param>
    public static Range Select(ReadOnlySpan<byte> offered, LinkProtocol best)
    {
        Range selected = default;
        var found = LinkProtocol.Hbone;
        for (var at = 0; at < offered.Length; at += 1 + offered[at])
        {
            Range name = new(at + 1, at + 1 + offered[at]);
            if (TryParse(offered[name], out var protocol) && protocol <= best && (selected.Equals(default) || protocol > found))
            {
                (selected, found) = (name, protocol);
            }
        }

        return selected;
    }
}
