using System.Text;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>CONNECT streams between two engines, as the mesh link uses them.</summary>
public sealed class TunnelTests
{
    [Fact]
    public void A_tunnel_carries_bytes_both_ways_and_closes_half_by_half()
    {
        var pair = new Pair();
        (Http2Stream client, Http2Stream server) = pair.Tunnel();
        Assert.Equal("headers 1 :method: CONNECT; :authority: 10.0.0.1:80", pair.Server.Events[0]);
        Assert.Equal("headers 1 :status: 200", pair.Client.Events[0]);

        Assert.Equal(5, client.WriteData("hello"u8, endStream: true));
        pair.Pump();
        Assert.Equal("hello", pair.Server.Handler.Text(1));
        Assert.Equal("data 1 5 end", pair.Server.Events[^1]);
        Assert.True(server.RemoteEnded);
        Assert.False(server.IsClosed);

        Assert.Equal(5, server.WriteData("world"u8, endStream: false));
        pair.Pump();
        Assert.Equal("world", pair.Client.Handler.Text(1));
        Assert.Equal(0, server.WriteData(default, endStream: true));
        pair.Pump();
        Assert.True(client.IsClosed);
        Assert.True(server.IsClosed);
        Assert.Equal(0, pair.Client.Connection.ActiveStreams);
        Assert.Equal(0, pair.Server.Connection.ActiveStreams);
    }

    [Fact]
    public void A_large_transfer_arrives_whole_through_small_windows()
    {
        var pair = new Pair();
        (Http2Stream client, _) = pair.Tunnel();
        byte[] sent = new byte[3_000_000];
        new Random(1).NextBytes(sent);
        int at = 0;
        void Send()
        {
            at += client.WriteData(sent.AsSpan(at), endStream: true);
        }
        pair.Client.Handler.SendWindow = _ => Send();
        Send();
        Assert.Equal(65536, at);
        pair.Pump();
        Assert.Equal(sent.Length, at);
        Assert.Equal(sent, pair.Server.Handler.Body(1));
        Assert.True(client.LocalEnded);
    }

    [Fact]
    public void A_refusal_ends_the_stream_with_a_status_and_no_body()
    {
        var pair = new Pair();
        pair.Server.Handler.Headers = (stream, _, _) => stream.WriteHeaders(Endpoint.Status(401), endStream: true);
        Http2Stream client = pair.Client.Open(Endpoint.Connect());
        pair.Pump();
        Assert.Equal("headers 1 end :status: 401", pair.Client.Events[^1]);
        Assert.True(client.RemoteEnded);
        client.Reset(Http2ErrorCode.Cancel);
        pair.Pump();
        Assert.Equal(0, pair.Server.Connection.ActiveStreams);
    }

    [Fact]
    public void A_reset_reaches_the_other_end()
    {
        var pair = new Pair();
        (Http2Stream client, Http2Stream server) = pair.Tunnel();
        server.Reset(Http2ErrorCode.ConnectError);
        pair.Pump();
        Assert.Equal("reset 1 ConnectError", pair.Client.Events[^1]);
        Assert.True(client.ResetByPeer);
        Assert.Equal(0, client.WriteData(Encoding.ASCII.GetBytes("late"), endStream: false));
        Assert.False(client.WriteHeaders(Endpoint.List(("a", "b")), endStream: true));
        Assert.Empty(pair.Client.TakeOutput());
    }
}
