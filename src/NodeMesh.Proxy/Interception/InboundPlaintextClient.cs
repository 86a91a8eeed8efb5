using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Interception;

/// <summary>A client that came without the mesh: all it can be told is a reset.</summary>
internal sealed class InboundPlaintextClient(TcpConnection connection, Action judge) : IInboundClient
{
    public ILoopDuplex Pipe => connection;

    public void Begin()
    {
        connection.Begin();
        judge();
    }

    public void Accept()
    {
    }

    public void Refuse()
    {
        // What was looked at to tell its protocol is still in its reader.
        connection.Input.Complete();
        connection.Abort();
    }

    public void Fail(Exception exception) => Refuse();

    public void End()
    {
    }
}
