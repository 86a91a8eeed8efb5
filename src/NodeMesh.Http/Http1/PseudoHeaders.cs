using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>Where the pseudo-headers of a request stand in their list, -1 where they do not.</summary>
internal struct PseudoHeaders
{
    public PseudoHeaders()
    {
    }

    public int Method { get; private set; } = -1;

    public int Scheme { get; private set; } = -1;

    public int Authority { get; private set; } = -1;

    public int Path { get; private set; } = -1;

    public int Protocol { get; private set; } = -1;

    /// <summary>False at the first field that is no pseudo-header of a request, or is there twice.</summary>
    public bool TryTake(KnownHeader id, int index)
    {
        switch (id)
        {
            case KnownHeader.Method when Method < 0:
                Method = index;
                return true;
            case KnownHeader.Scheme when Scheme < 0:
                Scheme = index;
                return true;
            case KnownHeader.Authority when Authority < 0:
                Authority = index;
                return true;
            case KnownHeader.Path when Path < 0:
                Path = index;
                return true;
            case KnownHeader.Protocol when Protocol < 0:
                Protocol = index;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Null, or why no request line can be written from them.</summary>
    public readonly string? Check(HeaderList headers, bool allowConnect)
    {
        if (Method < 0 || !FieldSyntax.IsToken(headers.ValueAt(Method)))
        {
            return ":method is missing or not a token";
        }
        bool isConnect = headers.ValueAt(Method).SequenceEqual("CONNECT"u8);
        if (Protocol >= 0 && (!isConnect || !FieldSyntax.IsProtocol(headers.ValueAt(Protocol))))
        {
            return ":protocol without CONNECT, or not a protocol";
        }
        if (CheckHost(headers) is string reason)
        {
            return reason;
        }
        if (isConnect && Protocol < 0)
        {
            return !allowConnect ? "CONNECT is not allowed here"
                : Path >= 0 || Scheme >= 0 || Authority < 0 || headers.ValueAt(Authority).IsEmpty ? "CONNECT has :method and :authority, nothing else"
                : null;
        }
        if (Path < 0)
        {
            return ":path is missing";
        }
        ReadOnlySpan<byte> path = headers.ValueAt(Path);
        if (path.IsEmpty || path.ContainsAny(FieldSyntax.TargetForbidden))
        {
            return ":path is empty, or holds a blank or control byte";
        }
        bool isAsterisk = path.SequenceEqual("*"u8) && headers.ValueAt(Method).SequenceEqual("OPTIONS"u8);
        return path[0] != (byte)'/' && !isAsterisk ? ":path does not start with a slash"
            : path.Contains((byte)'#') ? ":path holds a fragment"
            : null;
    }

    // One host, and the same as :authority: the next hop sees only one of them.
    private readonly string? CheckHost(HeaderList headers)
    {
        int host = headers.IndexOf(KnownHeader.Host);
        if (host < 0)
        {
            return null;
        }
        if (Authority >= 0 && !System.Text.Ascii.EqualsIgnoreCase(headers.ValueAt(host), headers.ValueAt(Authority)))
        {
            return "host differs from :authority";
        }
        for (int i = host + 1; i < headers.Count; i++)
        {
            if (headers.IdAt(i) == KnownHeader.Host)
            {
                return "host twice";
            }
        }
        return null;
    }
}
