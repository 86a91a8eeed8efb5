using System.Net.Sockets;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Proxy.Upstreams;

namespace NodeMesh.Proxy.Tests.Upstreams;

/// <summary>Whatever way an upstream ends, the stream of the mesh link that it was goes back for the next.</summary>
public sealed class UpstreamTests : IAsyncLifetime
{
    private MeshPair _pair = null!;
    private MeshStream _tunnel = null!;

    public async Task InitializeAsync()
    {
        _pair = await MeshPair.StartAsync();
        _tunnel = (await _pair.OpenAsync()).Stream!;
    }

    public async Task DisposeAsync()
    {
        await using var pair = _pair;
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tunnel_that_was_carried_to_its_end_gives_its_stream_back(bool reset)
    {
        var stream = _tunnel.Http2!;
        using var server = await _pair.Application.AcceptAsync().WaitAsync(Until.Patience);
        var opened = await _pair.OpenAsync();
        using var client = await _pair.Application.AcceptAsync().WaitAsync(Until.Patience);
        var carried = _pair.Caller.Loop.InvokeAsync(async () =>
        {
            // The far end of another tunnel stands for the client.
            var worker = _pair.Caller.Worker;
            var connection = new ProxiedConnection(worker, ConnectionDirection.Outbound, default) { JudgedUnder = worker.Shared.Snapshot };
            using (var upstream = new Upstream(_tunnel, null))
            {
                await connection.RelayAsync(opened.Stream!, upstream.Pipe);
            }

            connection.End();
            return true;
        });
        await (client, server).AssertCarriesAsync();

        client.LingerState = new LingerOption(reset, 0);
        client.Close();
        server.Close();
        await carried.WaitAsync(Until.Patience);

        Assert.Null(_tunnel.Http2);
        Assert.Throws<InvalidOperationException>(() => stream.Connection); // released
        await _pair.CloseAsync(opened);
    }

    [Fact]
    public async Task A_tunnel_that_is_given_up_gives_its_stream_back_at_once()
    {
        var stream = _tunnel.Http2!;
        await _pair.Caller.OnLoop(() => new Upstream(_tunnel, null).Abandon());

        Assert.Null(_tunnel.Http2);
        Assert.Throws<InvalidOperationException>(() => stream.Connection); // released
    }
}
