using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>
/// What an <see cref="Http1Connection"/> reports to its owner, from inside Receive or ReceiveEnd, on the thread that called it.
/// Any call on the connection is allowed from inside, except those two. Header lists and spans are valid during the call only.
/// When the last part of a message is reported, <see cref="Http1Connection.IsIdle"/> and <see cref="Http1Connection.CanReuse"/> already count it.
/// </summary>
public interface IHttp1ConnectionHandler
{
    /// <summary>A request (server) or the final response (client), in the form of HTTP/2.</summary>
    void OnHeaders(HeaderList headers, bool endStream);

    /// <summary>An interim response with a 1xx status but 101 (client); the final one follows.</summary>
    void OnInformational(HeaderList headers)
    {
    }

    /// <summary>
    /// A piece of the body or tunnel; <paramref name="endStream"/> with the last, which may be empty. Returns how many bytes were taken.
    /// When fewer than all, Receive stops there, and the owner offers the rest (and what came behind it) again later.
    /// </summary>
    int OnData(ReadOnlySpan<byte> data, bool endStream);

    /// <summary>The fields behind a chunked body; they end the message instead of a last OnData.</summary>
    void OnTrailers(HeaderList trailers);

    /// <summary>The peer broke a rule. Nothing is received any more; a server may still answer if it has not, and then closes.</summary>
    void OnError(Http1Error error);
}
