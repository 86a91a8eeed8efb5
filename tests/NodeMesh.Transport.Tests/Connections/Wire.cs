using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Tests.Connections;

/// <summary>A connection on a loop of its own or one that is shared, and the ordinary socket at its other end.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private bool _sharesLoop;

    private Wire(LoopFixture fixture, CountingConnection connection, Socket peer)
    {
        Fixture = fixture;
        Connection = connection;
        Peer = peer;
    }

    public LoopFixture Fixture { get; }

    public EventLoop Loop => Fixture.Loop;

    public CountingConnection Connection { get; }

    public Socket Peer { get; }

    /// <param name="peerReceiveBuffer">Small, to meet backpressure early; 0 leaves it to the kernel.</param>
    public static Task<Wire> OpenAsync(int peerReceiveBuffer = 0) => OpenAsync(new LoopFixture(), peerReceiveBuffer);

    /// <summary>On a loop with others, which outlives it.</summary>
    public static async Task<Wire> OpenAsync(LoopFixture shared)
    {
        var wire = await OpenAsync(shared, peerReceiveBuffer: 0);
        wire._sharesLoop = true;
        return wire;
    }

    private static async Task<Wire> OpenAsync(LoopFixture fixture, int peerReceiveBuffer)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (peerReceiveBuffer > 0)
        {
            listener.ReceiveBufferSize = peerReceiveBuffer;
        }

        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var target = IpEndpoint.From((IPEndPoint)listener.LocalEndPoint!);
        var connection = await fixture.OnLoopAsync(async () =>
        {
            var connected = await Connector.ConnectSocketAsync(fixture.Loop, target, new ConnectOptions());
            Assert.True(connected.Socket.IsOpen);
            if (peerReceiveBuffer > 0)
            {
                connected.Socket.SetBufferSizes(peerReceiveBuffer, peerReceiveBuffer);
            }

            var made = new CountingConnection(fixture.Loop, connected.Socket, target);
            made.Begin();
            return made;
        });
        return new Wire(fixture, connection, await listener.AcceptAsync());
    }

    public Task<T> OnLoop<T>(Func<T> function) => Fixture.OnLoop(function).WaitAsync(Until.Patience);

    public Task<T> OnLoopAsync<T>(Func<ValueTask<T>> function) => Fixture.OnLoopAsync(function).WaitAsync(Until.Patience);

    public Task OnLoop(Action action) => OnLoop(() =>
    {
        action();
        return true;
    });

    /// <summary>The peer's next bytes, exactly so many.</summary>
    public async Task<byte[]> PeerReceivesAsync(int count)
    {
        var buffer = new byte[count];
        using var deadline = new CancellationTokenSource(Until.Patience);
        for (var filled = 0; filled < count;)
        {
            var received = await Peer.ReceiveAsync(buffer.AsMemory(filled), deadline.Token);
            Assert.NotEqual(0, received);
            filled += received;
        }

        return buffer;
    }

    public async Task<byte[]> PeerReceivesToEndAsync()
    {
        using var all = new MemoryStream();
        using var deadline = new CancellationTokenSource(Until.Patience);
        var buffer = new byte[65536];
        for (int count; (count = await Peer.ReceiveAsync(buffer, deadline.Token)) > 0;)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    public void PeerResets()
    {
        Peer.LingerState = new LingerOption(true, 0);
        Peer.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await OnLoop(() =>
        {
            Connection.Abort();
            Connection.Input.Complete();
            Connection.Output.Complete();
        });
        Peer.Dispose();
        if (!_sharesLoop)
        {
            Assert.Equal(0, Loop.Load);
            Assert.Equal(0, Loop.Buffers.Rented);
            Fixture.Dispose();
        }
    }
}
