namespace NodeMesh.Http.Sniffing;

/// <summary>What the first bytes of a client are.</summary>
public enum SniffedProtocol
{
    /// <summary>Too few to tell.</summary>
    Unknown,

    /// <summary>A request line of HTTP/1.</summary>
    Http1,

    /// <summary>The preface of HTTP/2 (RFC 9113, section 3.4).</summary>
    Http2,

    /// <summary>Neither: TLS, another protocol, or nonsense.</summary>
    Other,
}
