using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Transport.Tests.Connections;

public sealed class ConnectCancellationTests : IDisposable
{
    private readonly LoopFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_connect_that_is_cancelled_ends_at_once_and_leaves_no_descriptor()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var target = IpEndpoint.From((IPEndPoint)full.LocalEndPoint!);
        var fillers = Enumerable.Range(0, 4).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false }).ToArray();
        foreach (var filler in fillers)
        {
            Assert.Throws<SocketException>(() => filler.Connect(full.LocalEndPoint!));
        }

        using var leaves = new CancellationTokenSource();
        var connecting = _fixture.OnLoopAsync(() => Connector.ConnectAsync(_fixture.Loop, target, new ConnectOptions(), leaves.Token));
        await Until.TrueAsync(() => _fixture.Loop.Load == 1, "the connect is under way");
        await _fixture.OnLoop(() =>
        {
            leaves.Cancel();
            return true;
        });

        var result = await connecting.WaitAsync(Until.Patience);
        Assert.Null(result.Connection);
        Assert.Equal(Errno.ECANCELED, result.Error);
        Assert.Equal(0, _fixture.Loop.Load);
        Assert.Equal(0, _fixture.Loop.Statistics().Timers);
        foreach (var filler in fillers)
        {
            filler.Dispose();
        }
    }

    [Fact]
    public async Task A_connect_on_behalf_of_one_that_has_left_is_not_begun()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var target = IpEndpoint.From((IPEndPoint)listener.LocalEndPoint!);
        var result = await _fixture.OnLoopAsync(
            () => Connector.ConnectAsync(_fixture.Loop, target, new ConnectOptions(), new CancellationToken(canceled: true)));

        Assert.Equal(Errno.ECANCELED, result.Error);
        Assert.False(listener.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task A_socket_that_would_connect_to_itself_is_a_refused_connect()
    {
        // The source is forced to the target's own port, as the kernel may choose it by chance.
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var self = IpEndpoint.From((IPEndPoint)reserved.LocalEndPoint!);
        reserved.Close();

        var result = await _fixture.OnLoopAsync(() => Connector.ConnectAsync(_fixture.Loop, self, new ConnectOptions { Source = self }));
        Assert.Null(result.Connection);
        Assert.Equal(Errno.ECONNREFUSED, result.Error);
        Assert.Equal(0, _fixture.Loop.Load);
    }

    [Fact]
    public async Task A_client_that_resets_is_noticed_although_nobody_reads_and_one_that_ends_its_half_is_not()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var result = await _fixture.OnLoopAsync(
            () => Connector.ConnectAsync(_fixture.Loop, IpEndpoint.From((IPEndPoint)listener.LocalEndPoint!), new ConnectOptions()));
        var connection = result.Connection!;
        connection.HungUp = gone.SetResult;
        using var peer = await listener.AcceptAsync();

        peer.Send("early"u8);
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal("early"u8.ToArray(), await _fixture.OnLoopAsync(async () =>
        {
            var read = await connection.Input.ReadAsync();
            var bytes = read.Buffer.FirstSpan.ToArray();
            connection.Input.AdvanceTo(read.Buffer.Start);
            return bytes;
        }));
        Assert.False(gone.Task.IsCompleted);

        peer.LingerState = new LingerOption(true, 0);
        peer.Close();
        await gone.Task.WaitAsync(Until.Patience);
        await _fixture.OnLoop(() =>
        {
            connection.Abort();
            return true;
        });
        await Until.TrueAsync(() => _fixture.Loop.Load == 0, "it is closed");
    }
}
