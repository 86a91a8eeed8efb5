using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Transport.Tests.Connections;

public sealed class ConnectorTests : IDisposable
{
    private readonly LoopFixture _fixture = new();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task It_connects(string address)
    {
        using var listener = Listen(IPAddress.Parse(address));

        var result = await ConnectAsync(listener);

        Assert.NotNull(result.Connection);
        using var accepted = await listener.AcceptAsync();
        Assert.Equal(accepted.RemoteEndPoint, result.Connection.LocalEndPoint);
        await CloseAsync(result);
    }

    [Fact]
    public async Task A_refused_connect_is_a_result_and_leaves_nothing()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var result = await ConnectAsync(bound);

        Assert.Null(result.Connection);
        Assert.Equal(Errno.ECONNREFUSED, result.Error);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connect_that_nobody_answers_ends_at_its_deadline()
    {
        // A full backlog: the kernel drops further SYNs.
        using var listener = Listen(IPAddress.Loopback, backlog: 0);
        var results = new List<ConnectResult>();
        for (var i = 0; i < 4; i++)
        {
            results.Add(await ConnectAsync(listener, new ConnectOptions { Timeout = TimeSpan.FromMilliseconds(100) }));
        }

        Assert.Equal(Errno.ETIMEDOUT, results[^1].Error);
        foreach (var result in results)
        {
            await CloseAsync(result);
        }

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Many_connects_at_once_that_fail_leave_nothing()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var results = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => ConnectAsync(bound)));

        Assert.All(results, result => Assert.Equal(Errno.ECONNREFUSED, result.Error));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_source_address_is_the_one_asked_for()
    {
        using var listener = Listen(IPAddress.Loopback);
        var source = IpEndpoint.From(new IPEndPoint(IPAddress.Parse("127.0.0.77"), 0));

        var result = await ConnectAsync(listener, new ConnectOptions { Source = source });

        using var accepted = await listener.AcceptAsync();
        Assert.Equal(IPAddress.Parse("127.0.0.77"), ((IPEndPoint)accepted.RemoteEndPoint!).Address);
        await CloseAsync(result);
    }

    [Fact]
    public async Task A_source_that_is_not_ours_is_a_result()
    {
        using var listener = Listen(IPAddress.Loopback);
        var source = IpEndpoint.From(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0));

        var result = await ConnectAsync(listener, new ConnectOptions { Source = source });

        Assert.Equal(Errno.EADDRNOTAVAIL, result.Error);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_socket_carries_the_mark()
    {
        const int SolSocket = 1;
        const int SoMark = 36;
        Assert.True(Environment.IsPrivilegedProcess, "setting a mark needs root");
        using var listener = Listen(IPAddress.Loopback);

        var result = await ConnectAsync(listener, new ConnectOptions { Mark = 0x4d455348 });

        using var borrowed = new Socket(new SafeSocketHandle(result.Connection!.Socket.Value, ownsHandle: false));
        var mark = new byte[4];
        borrowed.GetRawSocketOption(SolSocket, SoMark, mark);
        Assert.Equal(0x4d455348, BitConverter.ToInt32(mark));
        await CloseAsync(result);
    }

    public void Dispose() => _fixture.Dispose();

    private static Socket Listen(IPAddress address, int backlog = 100)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(backlog);
        return listener;
    }

    private Task<ConnectResult> ConnectAsync(Socket target, ConnectOptions? options = null) => _fixture
        .OnLoopAsync(() => Connector.ConnectAsync(_fixture.Loop, IpEndpoint.From((IPEndPoint)target.LocalEndPoint!), options ?? new ConnectOptions()))
        .WaitAsync(Until.Patience);

    private Task<bool> CloseAsync(ConnectResult result) => _fixture.OnLoop(() =>
    {
        result.Connection?.Abort();
        return true;
    });

    private async Task AssertNothingIsLeftAsync()
    {
        var statistics = await _fixture.OnLoop(_fixture.Loop.Statistics);
        Assert.Equal((0, 0, 0), (statistics.Descriptors, statistics.Timers, statistics.BuffersRented));
    }
}
