namespace NodeMesh.Http.Http2;

/// <summary>What cost a stream, and not its connection; a label for the metric that counts it.</summary>
public enum Http2StreamFault
{
    /// <summary>A malformed message, or a frame that the stream does not allow.</summary>
    Protocol,

    /// <summary>A header list above <see cref="Http2Options.MaxHeaderListSize"/> or <see cref="Http2Options.MaxHeaderFields"/>.</summary>
    HeaderListTooLarge,

    /// <summary>A stream above <see cref="Http2Options.MaxConcurrentStreams"/>.</summary>
    TooManyStreams,

    /// <summary>A stream opened behind our last GOAWAY.</summary>
    Draining,

    /// <summary>Interim responses above <see cref="Http2Options.MaxInterimResponses"/>.</summary>
    TooManyInterimResponses,
}
