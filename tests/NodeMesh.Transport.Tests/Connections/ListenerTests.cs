using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Linux;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Transport.Tests.Connections;

public sealed class ListenerTests : IDisposable
{
    private readonly LoopFixture _fixture = new();

    [Fact]
    public async Task It_takes_at_most_64_connections_a_turn_and_leaves_none_waiting()
    {
        var listener = await BindAsync();
        var clients = await ConnectAsync(listener, 300);

        var turns = await _fixture.OnLoopAsync(async () =>
        {
            var seen = new List<long>();
            while (seen.Count < clients.Length)
            {
                var accepted = await listener.AcceptSocketAsync();
                seen.Add(_fixture.Loop.Statistics().Turns);
                accepted.Socket.Close();
            }

            return seen;
        });

        Assert.All(turns.CountBy(turn => turn), turn => Assert.InRange(turn.Value, 1, 64));
        await CloseAsync(listener, clients);
    }

    [Fact]
    public async Task Accepted_sockets_send_at_once_and_notice_a_client_that_vanished()
    {
        var listener = await BindAsync();
        var clients = await ConnectAsync(listener, 1);
        var accepted = await _fixture.OnLoopAsync(listener.AcceptSocketAsync);

        using (var socket = new Socket(new SafeSocketHandle(accepted.Socket.Value, ownsHandle: true)))
        {
            Assert.True(socket.NoDelay);
            Assert.Equal(1, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
            Assert.Equal(180, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        }

        await CloseAsync(listener, clients);
    }

    [Fact]
    public async Task A_closed_listener_ends_the_wait_for_connections_and_gives_none_later()
    {
        var listener = await BindAsync();
        var waiting = _fixture.OnLoopAsync(listener.AcceptSocketAsync);

        await CloseAsync(listener, []);

        Assert.False((await waiting.WaitAsync(Until.Patience)).Socket.IsOpen);
        Assert.Null(await _fixture.OnLoopAsync(() => listener.AcceptAsync()));
        Assert.Equal(0, _fixture.Loop.Load);
    }

    [Fact]
    public async Task Connections_that_were_reset_before_they_were_taken_do_no_harm()
    {
        var listener = await BindAsync();
        foreach (var client in await ConnectAsync(listener, 50))
        {
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
        }

        var last = await ConnectAsync(listener, 1);
        var port = (ushort)((IPEndPoint)last[0].LocalEndPoint!).Port;
        var found = await _fixture.OnLoopAsync(async () =>
        {
            while (true)
            {
                var accepted = await listener.AcceptSocketAsync();
                accepted.Socket.Close();
                if (accepted.Peer.Port == port)
                {
                    return true;
                }
            }
        }).WaitAsync(Until.Patience);

        Assert.True(found);
        await CloseAsync(listener, last);
    }

    [Fact]
    public async Task Two_loops_share_an_address()
    {
        using var other = new LoopFixture();
        var first = await BindAsync();
        var second = await other.OnLoop(() => LoopListener.Bind(other.Loop, first.Local, new ListenerOptions(), NullLogger.Instance));

        Assert.Equal(first.Local, second.Local);
        await CloseAsync(first, []);
        await other.OnLoopAsync(async () =>
        {
            await second.DisposeAsync();
            return true;
        });
    }

    [Fact]
    public async Task An_address_that_cannot_be_bound_is_named()
    {
        var failure = await Assert.ThrowsAsync<LinuxException>(() => _fixture.OnLoop(() => LoopListener.Bind(
            _fixture.Loop, IpEndpoint.From(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 4711)), new ListenerOptions(), NullLogger.Instance)));

        Assert.Contains("192.0.2.1:4711", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, _fixture.Loop.Load);
    }

    public void Dispose() => _fixture.Dispose();

    private static async Task<Socket[]> ConnectAsync(LoopListener listener, int count)
    {
        var clients = new Socket[count];
        for (var i = 0; i < count; i++)
        {
            clients[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await clients[i].ConnectAsync(listener.EndPoint);
        }

        return clients;
    }

    private Task<LoopListener> BindAsync() => _fixture.OnLoop(() => LoopListener.Bind(
        _fixture.Loop, IpEndpoint.From(new IPEndPoint(IPAddress.Loopback, 0)), new ListenerOptions(), NullLogger.Instance));

    private async Task CloseAsync(LoopListener listener, IEnumerable<Socket> clients)
    {
        await _fixture.OnLoopAsync(async () =>
        {
            await listener.DisposeAsync();
            return true;
        });
        foreach (var client in clients)
        {
            client.Dispose();
        }
    }
}
