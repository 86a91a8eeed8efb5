namespace NodeMesh.Http.Http1;

/// <summary>The limits of an HTTP/1.1 connection. Immutable; one instance serves many connections.</summary>
public sealed record Http1Options
{
    /// <summary>The longest request or status line, without its CRLF; above it 414. Default 8 KiB, nginx's and Apache's.</summary>
    public int MaxStartLine { get; init; } = 8 * 1024;

    /// <summary>The largest head in bytes, start line and all, and its largest size by RFC 9113, 6.5.2, so that it fits HTTP/2 further on; above it 431. Default 60 KiB, Envoy's.</summary>
    public int MaxHead { get; init; } = 60 * 1024;

    /// <summary>Fields in one head; above it 431. Default 100, Envoy's.</summary>
    public int MaxHeaderFields { get; init; } = 100;

    /// <summary>Empty lines before a start line that are skipped (RFC 9112, 2.2 asks for one). Default 4.</summary>
    public int MaxLeadingEmptyLines { get; init; } = 4;

    /// <summary>Hexadecimal digits of a chunk size, zeros in front included. Default 16, what 64 bits take.</summary>
    public int MaxChunkSizeDigits { get; init; } = 16;

    /// <summary>Bytes of extensions on one chunk; they are dropped. Default 256.</summary>
    public int MaxChunkExtension { get; init; } = 256;

    /// <summary>Bytes of extensions on all chunks of a message (CVE-2023-39326). Default 16 KiB.</summary>
    public int MaxChunkExtensions { get; init; } = 16 * 1024;

    /// <summary>The largest trailer section in bytes; above it 431. Default 8 KiB.</summary>
    public int MaxTrailers { get; init; } = 8 * 1024;

    /// <summary>Fields in one trailer section; above it 431. Default 32.</summary>
    public int MaxTrailerFields { get; init; } = 32;

    /// <summary>Interim responses to one request, as client. Default 32.</summary>
    public int MaxInterimResponses { get; init; } = 32;

    /// <summary>Whether <c>CONNECT</c> with an authority is a tunnel, received or sent; otherwise it is answered with 501. Default no.</summary>
    public bool AllowConnect { get; init; }

    /// <summary>Whether the transport is TLS: <c>:scheme</c> of received requests is then https. What an absolute-form target claims does not count. Default no.</summary>
    public bool IsSecure { get; init; }

    /// <summary>The most bytes that one call to Receive can leave unread while it waits for the rest of a line: what the owner's input buffer must be able to hold.</summary>
    public int MaxInputBuffered => Math.Max(Math.Max(MaxStartLine, MaxHead), Math.Max(MaxTrailers, MaxChunkSizeDigits + MaxChunkExtension)) + 2;

    internal void Validate()
    {
        Require(MaxStartLine >= 16, "MaxStartLine is 16 or more");
        Require(MaxHead >= MaxStartLine, "MaxHead is at least MaxStartLine");
        Require(MaxHeaderFields >= 1, "MaxHeaderFields is 1 or more");
        Require(MaxLeadingEmptyLines >= 0, "MaxLeadingEmptyLines is 0 or more");
        Require(MaxChunkSizeDigits is >= 1 and <= 1024, "MaxChunkSizeDigits is 1 to 1024");
        Require(MaxChunkExtension >= 0 && MaxChunkExtensions >= 0, "MaxChunkExtension and MaxChunkExtensions are 0 or more");
        Require(MaxTrailers >= 0 && MaxTrailerFields >= 0, "MaxTrailers and MaxTrailerFields are 0 or more");
        Require(MaxInterimResponses >= 0, "MaxInterimResponses is 0 or more");
    }

    private static void Require(bool condition, string rule)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"Http1Options: {rule}.");
        }
    }
}
