using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

public sealed class RotationTests : IDisposable
{
    private readonly Mesh _mesh = new();

    [Fact]
    public void An_open_session_goes_on_when_its_identities_are_replaced_and_closed()
    {
        using var open = _mesh.Connect(Mesh.Orders).Established();
        using var halfway = _mesh.Connect(Mesh.Orders);
        Assert.Equal(TlsStatus.WantRead, halfway.Client.Handshake());
        Assert.Equal(TlsStatus.WantRead, halfway.Server.Handshake());

        using var client = TestIdentities.Set(TimeProvider.System, _mesh.Authority, "/cart");
        using var server = TestIdentities.Set(TimeProvider.System, _mesh.Authority, "/orders");
        _mesh.Client.Identities = client;
        _mesh.Server.Identities = server;
        _mesh.ClientIdentities.Dispose();
        _mesh.ServerIdentities.Dispose();

        Link.WriteAll(open.Client, open.Sockets.Client, "still"u8);
        Assert.Equal("still"u8.ToArray(), Link.ReadExactly(open.Server, open.Sockets.Server, 5));
        halfway.Established();
        using var after = _mesh.Connect(Mesh.Orders).Established();
        Assert.Equal(Mesh.Cart, after.Server.PeerId);
    }

    [Fact]
    public void The_peer_of_an_open_or_ended_session_is_held_against_other_bundles()
    {
        using var next = TestAuthority.Create();
        using var other = TestIdentities.Set(TimeProvider.System, next, "/cart");
        using var both = TestIdentities.Set(TimeProvider.System, TestIdentities.Bundles(_mesh.Authority));
        var open = _mesh.Connect(Mesh.Orders).Established();
        using (open)
        {
            Assert.Null(open.Client.JudgePeer(_mesh.ClientIdentities));
            Assert.Null(open.Server.JudgePeer(both));
            Assert.Equal(TlsFailureCode.UntrustedPeer, open.Client.JudgePeer(other)?.Code);
            Assert.Equal(TlsFailureCode.UntrustedPeer, open.Server.JudgePeer(other)?.Code);
        }

        Assert.Null(open.Client.JudgePeer(both));
        using var young = _mesh.Connect(Mesh.Orders);
        Assert.Equal(TlsFailureCode.NoPeerCertificate, young.Client.JudgePeer(both)?.Code);
    }

    [Fact]
    public void Sets_know_which_certificates_they_share()
    {
        var leaf = _mesh.Authority.Issue("/cart");
        var bundles = TestIdentities.Bundles(_mesh.Authority);
        using var one = TestIdentities.Set(TimeProvider.System, bundles, (Mesh.Cart, leaf), (Mesh.Orders, _mesh.Authority.Issue("/orders")));
        using var two = TestIdentities.Set(TimeProvider.System, bundles, (Mesh.Cart, leaf), (Mesh.Orders, _mesh.Authority.Issue("/orders")));

        Assert.True(one.HasSameCertificate(two, Mesh.Cart));
        Assert.False(one.HasSameCertificate(two, Mesh.Orders));
        Assert.False(one.HasSameCertificate(two, Mesh.Stock));
    }

    [Fact]
    public void A_new_authority_is_trusted_and_an_old_one_refused_from_the_next_handshake_on()
    {
        using var next = TestAuthority.Create();
        using var client = TestIdentities.Set(TimeProvider.System, next, "/cart");
        using var server = TestIdentities.Set(TimeProvider.System, next, "/orders");
        _mesh.Client.Identities = client;
        using (var refused = _mesh.Connect(Mesh.Orders))
        {
            Assert.Equal(TlsStatus.Failed, refused.Handshake().Client);
            Assert.Equal(TlsFailureCode.UntrustedPeer, refused.Client.Failure!.Code);
        }

        _mesh.Server.Identities = server;
        using var accepted = _mesh.Connect(Mesh.Orders).Established();
    }

    [Fact]
    public void A_set_that_was_closed_but_not_replaced_fails_the_handshake_and_nothing_else()
    {
        _mesh.ServerIdentities.Dispose();
        using (var link = _mesh.Connect(Mesh.Orders))
        {
            Assert.Equal(TlsStatus.Failed, link.Handshake().Server);
            Assert.Equal(TlsFailureCode.Internal, link.Server.Failure!.Code);
        }

        _mesh.ClientIdentities.Dispose();
        using var never = _mesh.Connect(Mesh.Orders);
        Assert.Equal(TlsStatus.Failed, never.Client.Handshake());
        Assert.Equal(TlsFailureCode.Internal, never.Client.Failure!.Code);
    }

    [Fact]
    public async Task Rotation_while_other_threads_shake_hands_fails_none_of_them()
    {
        using var stop = new CancellationTokenSource();
        var handshakes = 0;
        var loops = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var link = _mesh.Connect(Mesh.Orders).Established();
                Interlocked.Increment(ref handshakes);
            }
        })).ToArray();

        var (oldClient, oldServer) = (_mesh.ClientIdentities, _mesh.ServerIdentities);
        for (var i = 0; i < 300 || Volatile.Read(ref handshakes) < 100; i++)
        {
            var client = TestIdentities.Set(TimeProvider.System, _mesh.Authority, "/cart");
            var server = TestIdentities.Set(TimeProvider.System, _mesh.Authority, "/orders");
            _mesh.Client.Identities = client;
            _mesh.Server.Identities = server;
            oldClient.Dispose();
            oldServer.Dispose();
            (oldClient, oldServer) = (client, server);
        }

        await stop.CancelAsync();
        await Task.WhenAll(loops);
        oldClient.Dispose();
        oldServer.Dispose();
    }

    public void Dispose() => _mesh.Dispose();
}
