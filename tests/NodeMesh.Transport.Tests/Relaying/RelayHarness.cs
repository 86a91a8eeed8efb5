using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Relaying;

namespace NodeMesh.Transport.Tests.Relaying;

/// <summary>A relay on one loop between real sockets: clients connect to <see cref="Address"/>, the upstream is a listener of the test.</summary>
public sealed class RelayHarness : IAsyncDisposable
{
    private readonly LoopFixture _fixture = new();
    private readonly TaskCompletionSource<(Relay Relay, RelayEnd End)> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _idleTimeout;
    private LoopListener _listener = null!;

    private RelayHarness(TimeSpan idleTimeout) => _idleTimeout = idleTimeout;

    public Socket Upstream { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public IPEndPoint Address => _listener.Local.ToIPEndPoint();

    public LoopFixture Fixture => _fixture;

    /// <summary>Of the relays begun from now on.</summary>
    public TimeSpan CutPatience { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs on the loop with the client, before its relay begins.</summary>
    public Func<TcpConnection, Task> BeforeRelay { get; set; } = static _ => Task.CompletedTask;

    /// <summary>The relay begun last, with its two connections.</summary>
    public (Relay Relay, TcpConnection Client, TcpConnection Upstream) Latest { get; private set; }

    /// <summary>The first relay that ended, and how.</summary>
    public Task<(Relay Relay, RelayEnd End)> Ended => _ended.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public static async Task<RelayHarness> StartAsync(TimeSpan idleTimeout = default)
    {
        var harness = new RelayHarness(idleTimeout);
        harness.Upstream.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        harness.Upstream.Listen();
        harness._listener = await harness._fixture.OnLoop(() =>
        {
            var listener = LoopListener.Bind(
                harness._fixture.Loop, IpEndpoint.From(new IPEndPoint(IPAddress.Loopback, 0)), new ListenerOptions(), NullLogger.Instance);
            _ = harness.ServeAsync(listener);
            return listener;
        });
        return harness;
    }

    /// <summary>A client of the relay and the upstream's end of the same relayed connection.</summary>
    public async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(Address);
        var server = await Upstream.AcceptAsync();
        server.NoDelay = true;
        return (client, server);
    }

    public async ValueTask DisposeAsync()
    {
        await _fixture.OnLoopAsync(async () =>
        {
            await _listener.DisposeAsync();
            return true;
        });
        Upstream.Dispose();
        _fixture.Dispose();
    }

    private async Task ServeAsync(LoopListener listener)
    {
        while (await listener.AcceptAsync() is { } client)
        {
            _ = RelayAsync((TcpConnection)client);
        }
    }

    private async Task RelayAsync(TcpConnection client)
    {
        var upstream = await Connector.ConnectAsync(
            _fixture.Loop, IpEndpoint.From((IPEndPoint)Upstream.LocalEndPoint!), new ConnectOptions());
        if (upstream.Connection is null)
        {
            client.Abort();
            return;
        }

        await BeforeRelay(client);
        var relay = new Relay(_fixture.Loop, client, upstream.Connection, _idleTimeout) { CutPatience = CutPatience };
        Latest = (relay, client, upstream.Connection);
        var end = await relay.RunAsync();
        _ended.TrySetResult((relay, end));
    }
}
