using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>
/// Accepts one connection after another on a thread of its own, answers each line with itself, and remembers how each session went. The far end
/// is somebody else's TLS.
/// </summary>
internal sealed class TestServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TlsServerContext _context;
    private readonly Thread _thread;

    public TestServer(TlsServerContext context)
    {
        _context = context;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(16);
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    public BlockingCollection<TestServerResult> Results { get; } = [];

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Address => $"127.0.0.1:{Port}";

    public TestServerResult Next()
    {
        Assert.True(Results.TryTake(out var result, TimeSpan.FromSeconds(20)), "no session ended");
        return result;
    }

    public void Dispose()
    {
        _listener.Dispose();
        Assert.True(_thread.Join(TimeSpan.FromSeconds(20)), "the server does not end");
        Results.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = _listener.Accept();
            }
            catch (SocketException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            using (socket)
            {
                Results.Add(Serve(socket));
            }
        }
    }

    private TestServerResult Serve(Socket socket)
    {
        socket.Blocking = false;
        using var session = _context.CreateSession(SocketPair.Descriptor(socket), IpEndpoint.From((IPEndPoint)socket.LocalEndPoint!));
        var status = session.Handshake();
        while (Wait(socket, status))
        {
            status = session.Handshake();
        }

        var buffer = new byte[4096];
        while (status == TlsStatus.Done)
        {
            var read = session.Read(buffer, out status);
            if (read > 0)
            {
                Link.WriteAll(session, socket, buffer.AsSpan(0, read));
            }
            else if (Wait(socket, status))
            {
                status = TlsStatus.Done;
            }
        }

        if (status == TlsStatus.Closed)
        {
            session.Shutdown();
        }

        // Our alert must not be overtaken by a reset: let the peer finish first.
        socket.Shutdown(SocketShutdown.Send);
        while (socket.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead) && socket.Receive(buffer, SocketFlags.None, out var error) > 0)
        {
            Assert.Equal(SocketError.Success, error);
        }

        return new TestServerResult(status, session.Failure, session.PeerId, session.LocalId, session.ServerName, session.WasResumed, session.Cipher, session.Protocol);
    }

    private static bool Wait(Socket socket, TlsStatus status) =>
        status is TlsStatus.WantRead or TlsStatus.WantWrite
        && socket.Poll(TimeSpan.FromSeconds(20), status == TlsStatus.WantRead ? SelectMode.SelectRead : SelectMode.SelectWrite);
}
