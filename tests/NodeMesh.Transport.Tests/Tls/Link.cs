using System.Diagnostics;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>Two of our own sessions, driven in turns by one thread until neither moves.</summary>
internal sealed class Link : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public Link(TlsClientContext client, TlsServerContext server, SpiffeId source, IpEndpoint? address, int bufferSize, params SpiffeId[] expected)
    {
        Sockets = new SocketPair(bufferSize);
        Client = client.CreateSession(SocketPair.Descriptor(Sockets.Client), source, address ?? Sockets.Address, expected);
        Server = server.CreateSession(SocketPair.Descriptor(Sockets.Server), Sockets.Address);
    }

    public Link(TlsClientContext client, TlsServerContext server, SpiffeId source, params SpiffeId[] expected)
        : this(client, server, source, null, 0, expected)
    {
    }

    public SocketPair Sockets { get; }

    public TlsSession Client { get; }

    public TlsSession Server { get; }

    /// <summary>Both handshakes, until each is done or failed. A client's refusal by the server is looked for with a read.</summary>
    public (TlsStatus Client, TlsStatus Server) Handshake()
    {
        var (client, server) = (TlsStatus.WantRead, TlsStatus.WantRead);
        var clock = Stopwatch.StartNew();
        while (!Ended(client) || !Ended(server))
        {
            client = Ended(client) ? client : Client.Handshake();
            server = Ended(server) ? server : Server.Handshake();
            if (clock.Elapsed > Patience)
            {
                throw new TimeoutException($"handshake stands at client {client}, server {server}");
            }

            // As a loop would: a failed session's socket is closed, so that the other side sees the end.
            if (client == TlsStatus.Failed)
            {
                Sockets.Client.Shutdown(SocketShutdown.Send);
            }

            if (server == TlsStatus.Failed)
            {
                Sockets.Server.Shutdown(SocketShutdown.Send);
            }
        }

        return (client, server);
    }

    public Link Established()
    {
        var (client, server) = Handshake();
        Assert.True(client == TlsStatus.Done, $"client: {Client.Failure}");
        Assert.True(server == TlsStatus.Done, $"server: {Server.Failure}");
        return this;
    }

    /// <summary>Sends a byte from the server and reads it at the client, which also takes in the tickets sent before it.</summary>
    public Link WithTicketTaken()
    {
        WriteAll(Server, Sockets.Server, [1]);
        Assert.Equal([1], ReadExactly(Client, Sockets.Client, 1));
        return this;
    }

    public static void WriteAll(TlsSession session, Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[session.Write(bytes, out var status)..];
            if (status == TlsStatus.WantWrite)
            {
                Assert.True(socket.Poll(Patience, SelectMode.SelectWrite), "the socket stays full");
            }
            else
            {
                Assert.True(status == TlsStatus.Done, $"{status}: {session.Failure}");
            }
        }
    }

    public static byte[] ReadExactly(TlsSession session, Socket socket, int count)
    {
        var bytes = new byte[count];
        var read = 0;
        while (read < count)
        {
            read += session.Read(bytes.AsSpan(read), out var status);
            if (status == TlsStatus.WantRead)
            {
                Assert.True(socket.Poll(Patience, SelectMode.SelectRead), "nothing comes");
            }
            else
            {
                Assert.True(status == TlsStatus.Done, $"{status}: {session.Failure}");
            }
        }

        return bytes;
    }

    /// <summary>Reads until something other than bytes or WantRead comes.</summary>
    public static TlsStatus ReadToEnd(TlsSession session, Socket socket)
    {
        var buffer = new byte[4096];
        while (true)
        {
            session.Read(buffer, out var status);
            if (status == TlsStatus.WantRead)
            {
                Assert.True(socket.Poll(Patience, SelectMode.SelectRead), "nothing comes");
            }
            else if (status != TlsStatus.Done)
            {
                return status;
            }
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        Sockets.Dispose();
    }

    private static bool Ended(TlsStatus status) => status is TlsStatus.Done or TlsStatus.Failed;
}
