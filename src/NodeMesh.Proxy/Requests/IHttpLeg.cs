using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// One side of an exchange: towards the client (it brings the request and takes the response) or towards the upstream (the other way round),
/// whatever version of HTTP is spoken there. It calls the <see cref="HttpExchange"/> from inside its connection's receiving; on the loop.
/// </summary>
internal interface IHttpLeg
{
    /// <summary>Sends the request, or an interim or the final response. False when the peer cannot take it any more, or it may not be sent.</summary>
    bool WriteHeaders(HeaderList headers, bool endStream);

    /// <summary>
    /// Sends as much of a body as the peer takes now and gives how much; the end only with the last byte. When it was less than all, the exchange
    /// hears when to go on.
    /// </summary>
    int WriteData(ReadOnlySpan<byte> data, bool endStream);

    /// <summary>Sends the fields behind the body, which end it.</summary>
    void WriteTrailers(HeaderList trailers);

    /// <summary>The other side takes more: what was kept back is to be offered again.</summary>
    void Resume();

    /// <summary>
    /// The exchange needs the leg no more, and the leg hears nothing of the exchange after this. What has not ended in order by then is cut:
    /// the peer sees that it was not whole.
    /// </summary>
    /// <param name="error">Why it ended early; <see cref="LegEnd.Complete"/> when both messages were whole.</param>
    void Release(LegEnd error);
}
