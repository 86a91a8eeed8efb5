namespace NodeMesh.Http.Tests.Http1;

/// <summary>A server whose requests are written by a client as they come, and answered with 204 when they are whole: a proxy in small.</summary>
internal sealed class Relay
{
    public Relay()
    {
        Server.Handler.Headers = (headers, end) =>
        {
            Assert.True(Client.Connection.WriteHeaders(headers, end), Client.Connection.Refusal + ": " + Recorder.Describe(headers));
            AnswerAtEnd(end);
        };
        Server.Handler.Data = (data, end) =>
        {
            Assert.True(Client.Connection.WriteData(data, end), Client.Connection.Refusal);
            AnswerAtEnd(end);
        };
        Server.Handler.Trailers = trailers =>
        {
            Assert.True(Client.Connection.WriteTrailers(trailers), Client.Connection.Refusal);
            AnswerAtEnd(true);
        };
    }

    public Peer Server { get; } = Peer.Server();

    public Peer Client { get; } = Peer.Client();

    private void AnswerAtEnd(bool end)
    {
        if (end)
        {
            Client.Feed("HTTP/1.1 204 No Content\r\n\r\n");
            Assert.True(Server.Connection.WriteHeaders(Peer.Response(204), endStream: true), Server.Connection.Refusal);
        }
    }
}
