namespace NodeMesh.Http.Http1;

/// <summary>Which kind of request or response smuggling an error looks like; a label for the metric that counts them.</summary>
public enum Http1Smuggling
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>Content-Length together with Transfer-Encoding.</summary>
    TwoLengths,

    /// <summary>Content-Length twice or malformed.</summary>
    ContentLength,

    /// <summary>Transfer-Encoding twice, malformed, or where it must not be.</summary>
    TransferEncoding,

    /// <summary>Field lines that lenient parsers read otherwise: bare CR or LF, NUL, folded lines, blanks before the colon.</summary>
    FieldSyntax,

    /// <summary>Chunk sizes or chunk ends that lenient parsers read otherwise.</summary>
    ChunkSyntax,

    /// <summary>Host missing, twice or malformed.</summary>
    Host,

    /// <summary>Bytes behind a response that no request asked for.</summary>
    SurplusBytes,
}
