using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Interception;

/// <summary>The client's side of an inbound connection: how it is told what became of it. Made per connection, on its loop.</summary>
internal interface IInboundClient
{
    /// <summary>What is relayed once it was accepted, and tells until then when the client leaves.</summary>
    ILoopDuplex Pipe { get; }

    /// <summary>Comes first: judges it, if that could wait until now.</summary>
    void Begin();

    /// <summary>The application has answered: bytes may flow.</summary>
    void Accept();

    /// <summary>It is refused, as its connection says.</summary>
    void Refuse();

    /// <summary>Something broke inside the daemon.</summary>
    void Fail(Exception exception);

    /// <summary>It is over; lets go of what is left.</summary>
    void End();
}
