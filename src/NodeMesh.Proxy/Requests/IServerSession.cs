namespace NodeMesh.Proxy.Requests;

/// <summary>The connection of a client, whatever version of HTTP it speaks. On its loop.</summary>
internal interface IServerSession
{
    /// <summary>Serves until the connection and its exchanges have ended.</summary>
    Task ServeAsync();

    /// <summary>Ends it at once, with the exchanges under way.</summary>
    void Abort();

    /// <summary>Ends it after the exchanges under way.</summary>
    void Drain();
}
