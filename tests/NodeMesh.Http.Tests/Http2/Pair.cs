using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>A client engine and a server engine, joined in memory.</summary>
internal sealed class Pair
{
    public Pair(Http2Options? client = null, Http2Options? server = null, TimeProvider? time = null)
    {
        Client = new Endpoint(Http2Role.Client, client, time);
        Server = new Endpoint(Http2Role.Server, server, time);
        Client.Connection.Start();
        Server.Connection.Start();
        Pump();
    }

    public Endpoint Client { get; }

    public Endpoint Server { get; }

    /// <summary>Opens a tunnel that the server accepts; gives both ends.</summary>
    public (Http2Stream Client, Http2Stream Server) Tunnel()
    {
        Http2Stream client = Client.Open(Endpoint.Connect());
        Pump();
        Http2Stream server = Server.Handler.Streams[client.Id];
        server.WriteHeaders(Endpoint.Status(200), endStream: false);
        Pump();
        return (client, server);
    }

    /// <summary>Carries bytes both ways until neither side has more to say.</summary>
    public void Pump()
    {
        while (true)
        {
            byte[] toServer = Client.TakeOutput();
            byte[] toClient = Server.TakeOutput();
            if (toServer.Length + toClient.Length == 0)
            {
                return;
            }
            Server.Feed(toServer);
            Client.Feed(toClient);
        }
    }
}
