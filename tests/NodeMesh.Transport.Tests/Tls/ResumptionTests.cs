using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

public sealed class ResumptionTests : IDisposable
{
    private const ushort Port = 15008;

    private readonly TestClock _clock = new();
    private readonly Mesh _mesh;

    public ResumptionTests() => _mesh = new Mesh(_clock);

    [Fact]
    public void A_second_link_between_the_same_identities_resumes_and_knows_both()
    {
        Prime();
        using var second = Connect();

        Assert.True(second.Client.WasResumed);
        Assert.True(second.Server.WasResumed);
        Assert.Equal(Mesh.Orders, second.Client.PeerId);
        Assert.Equal(Mesh.Cart, second.Server.PeerId);
        Assert.Equal(Mesh.Orders, second.Server.LocalId);
        Link.WriteAll(second.Client, second.Sockets.Client, "after"u8);
        Assert.Equal("after"u8.ToArray(), Link.ReadExactly(second.Server, second.Sockets.Server, 5));
    }

    [Fact]
    public void Resumed_links_hand_on_new_tickets()
    {
        Prime();
        for (var i = 0; i < 5; i++)
        {
            using var link = Connect().WithTicketTaken();
            Assert.True(link.Server.WasResumed);
        }
    }

    [Fact]
    public void An_intermediate_survives_the_ticket()
    {
        using var intermediate = _mesh.Authority.CreateIntermediate();
        using var client = TestIdentities.Set(_clock, TestIdentities.Bundles(_mesh.Authority), (Mesh.Cart, intermediate.Issue("/cart")));
        _mesh.Client.Identities = client;
        Prime();
        using var second = Connect().WithTicketTaken();
        using var third = Connect();

        Assert.True(second.Server.WasResumed);
        Assert.True(third.Server.WasResumed);
        Assert.Equal(Mesh.Cart, third.Server.PeerId);
    }

    [Fact]
    public void A_ticket_is_used_once()
    {
        Prime();
        using var second = Connect();
        using var third = Connect();

        Assert.True(second.Client.WasResumed);
        Assert.False(third.Client.WasResumed);
    }

    [Fact]
    public void A_ticket_is_not_offered_for_another_source_destination_or_address()
    {
        Prime();
        using var otherSource = _mesh.ConnectTo(Port, Mesh.Checkout, Mesh.Orders).Established();
        using var otherDestination = _mesh.ConnectTo(Port, Mesh.Cart, Mesh.Stock).Established();
        using var otherAddress = _mesh.ConnectTo(Port + 1, Mesh.Cart, Mesh.Orders).Established();
        using var same = Connect();

        Assert.False(otherSource.Client.WasResumed);
        Assert.False(otherDestination.Client.WasResumed);
        Assert.False(otherAddress.Client.WasResumed);
        Assert.True(same.Client.WasResumed);
        Assert.Equal(Mesh.Checkout, otherSource.Server.PeerId);
    }

    [Fact]
    public void A_broken_link_does_not_spoil_its_ticket()
    {
        using (var first = Connect().WithTicketTaken())
        {
            first.Sockets.Server.Close(0);
            Link.ReadToEnd(first.Client, first.Sockets.Client);
        }

        using var second = Connect();
        Assert.True(second.Client.WasResumed);
    }

    [Fact]
    public void After_the_clients_certificate_rotates_its_old_ticket_is_not_used()
    {
        Prime();
        using var rotated = TestIdentities.Set(_clock, _mesh.Authority, "/cart", "/checkout");
        _mesh.Client.Identities = rotated;
        using var second = Connect();

        Assert.False(second.Client.WasResumed);
    }

    [Fact]
    public void After_the_servers_certificate_rotates_an_old_ticket_opens_nothing()
    {
        Prime();
        using var rotated = TestIdentities.Set(_clock, _mesh.Authority, "/orders", "/stock", "/node");
        _mesh.Server.Identities = rotated;
        using var second = Connect().WithTicketTaken();
        using var third = Connect();

        Assert.False(second.Client.WasResumed);
        Assert.False(second.Server.WasResumed);
        Assert.Equal(Mesh.Cart, second.Server.PeerId);
        Assert.True(third.Server.WasResumed);
    }

    [Fact]
    public void After_the_clients_authority_is_revoked_on_the_server_its_ticket_opens_nothing()
    {
        // The server keeps its certificates, so that only the validation of the ticket's client stands in the way.
        using var other = TestAuthority.Create("elsewhere.test");
        var cart = TestIdentities.Id("/cart", "elsewhere.test");
        var orders = _mesh.Authority.Issue("/orders");
        using var federated = TestIdentities.Set(_clock, TestIdentities.Bundles(_mesh.Authority, other), (Mesh.Orders, orders));
        using var alone = TestIdentities.Set(_clock, TestIdentities.Bundles(_mesh.Authority), (Mesh.Orders, orders));
        using var client = TestIdentities.Set(_clock, TestIdentities.Bundles(_mesh.Authority, other), (cart, other.Issue("/cart")));
        _mesh.Server.Identities = federated;
        _mesh.Client.Identities = client;
        using (_mesh.ConnectTo(Port, cart, Mesh.Orders).Established().WithTicketTaken())
        {
        }

        using (var resumed = _mesh.ConnectTo(Port, cart, Mesh.Orders).Established().WithTicketTaken())
        {
            Assert.True(resumed.Server.WasResumed);
        }

        _mesh.Server.Identities = alone;
        using var refused = _mesh.ConnectTo(Port, cart, Mesh.Orders);

        Assert.Equal((TlsStatus.Done, TlsStatus.Failed), refused.Handshake());
        Assert.False(refused.Client.WasResumed);
        Assert.Equal(TlsFailureCode.UntrustedPeer, refused.Server.Failure!.Code);
    }

    [Fact]
    public void After_the_servers_authority_is_revoked_on_the_client_its_ticket_is_not_offered()
    {
        var cart = _mesh.Authority.Issue("/cart");
        using var trusting = TestIdentities.Set(_clock, TestIdentities.Bundles(_mesh.Authority), (Mesh.Cart, cart));
        _mesh.Client.Identities = trusting;
        Prime();
        using var other = TestAuthority.Create("elsewhere.test");
        using var distrusting = TestIdentities.Set(_clock, TestIdentities.Bundles(other), (Mesh.Cart, cart));
        _mesh.Client.Identities = distrusting;
        using var refused = Connect(established: false);

        Assert.Equal(TlsStatus.Failed, refused.Handshake().Client);
        Assert.Equal(TlsFailureCode.UntrustedPeer, refused.Client.Failure!.Code);
    }

    [Fact]
    public void A_ticket_does_not_outlive_the_clients_certificate()
    {
        using var client = TestIdentities.Set(
            _clock,
            TestIdentities.Bundles(_mesh.Authority),
            (Mesh.Cart, _mesh.Authority.Issue(["spiffe://mesh.test/cart"], notAfter: TimeSpan.FromMinutes(10))));
        _mesh.Client.Identities = client;
        Prime();
        _clock.Ahead = TimeSpan.FromMinutes(11);
        using var second = Connect(established: false);

        Assert.Equal((TlsStatus.Done, TlsStatus.Failed), second.Handshake());
        Assert.Equal(TlsFailureCode.PeerCertificateExpired, second.Server.Failure!.Code);
    }

    [Fact]
    public void A_ticket_does_not_outlive_the_servers_certificate()
    {
        using var server = TestIdentities.Set(
            _clock,
            TestIdentities.Bundles(_mesh.Authority),
            (Mesh.Orders, _mesh.Authority.Issue(["spiffe://mesh.test/orders"], notAfter: TimeSpan.FromMinutes(10))));
        _mesh.Server.Identities = server;
        Prime();
        _clock.Ahead = TimeSpan.FromMinutes(11);
        using var second = Connect(established: false);

        Assert.Equal(TlsStatus.Failed, second.Handshake().Client);
        Assert.Equal(TlsFailureCode.PeerCertificateExpired, second.Client.Failure!.Code);
    }

    [Fact]
    public void A_ticket_key_opens_for_one_lifetime_after_it_stopped_sealing()
    {
        var keys = new TlsTicketKeys(_clock, TimeSpan.FromHours(1));
        var first = keys.Current;
        Assert.Same(first, keys.Current);

        _clock.Ahead = TimeSpan.FromMinutes(61);
        var second = keys.Current;
        Assert.NotSame(first, second);
        Assert.Same(first, keys.Find(first.Name));
        Assert.Same(second, keys.Find(second.Name));

        _clock.Ahead = TimeSpan.FromMinutes(125);
        Assert.Null(keys.Find(first.Name));
        Assert.Same(second, keys.Find(second.Name));

        _clock.Ahead = TimeSpan.FromHours(9);
        Assert.Null(keys.Find(second.Name));
    }

    [Fact]
    public void Tickets_of_a_server_that_restarted_lead_to_a_full_handshake()
    {
        Prime();
        using var restarted = new TlsServerContext(_mesh.ServerIdentities, _ => null, _clock);
        using var link = new Link(_mesh.Client, restarted, Mesh.Cart, Linux.Sockets.IpEndpoint.FromIPv4(0x0A000001, Port), 0, Mesh.Orders).Established();

        Assert.False(link.Client.WasResumed);
    }

    [Fact]
    public void The_cache_is_bounded_and_forgets_what_was_stored_first()
    {
        using var client = new TlsClientContext(_mesh.ClientIdentities, sessionCapacity: 2);
        foreach (var port in (ushort[])[1, 2, 3])
        {
            ConnectTo(port).WithTicketTaken().Dispose();
        }

        Assert.Equal(2, client.Sessions.Count);
        using var first = ConnectTo(1);
        using var third = ConnectTo(3);
        Assert.False(first.Client.WasResumed);
        Assert.True(third.Client.WasResumed);

        Link ConnectTo(ushort port) =>
            new Link(client, _mesh.Server, Mesh.Cart, Linux.Sockets.IpEndpoint.FromIPv4(0x0A000001, port), 0, Mesh.Orders).Established();
    }

    [Fact]
    public void A_cache_without_room_keeps_nothing()
    {
        using var client = new TlsClientContext(_mesh.ClientIdentities, sessionCapacity: 0);
        using var link = new Link(client, _mesh.Server, Mesh.Cart, Mesh.Orders).Established().WithTicketTaken();
        Assert.Equal(0, client.Sessions.Count);
    }

    [Fact]
    public void A_tickets_chain_is_read_back_and_a_broken_one_refused()
    {
        byte[][] chain = [[1], [2, 2], [3, 3, 3]];
        var written = TicketChain.Write(chain);
        Assert.True(TicketChain.TryRead(chain[0], written, out var read));
        Assert.Equal(chain, read);
        for (var length = 1; length < written.Length; length++)
        {
            // A cut between two certificates is a shorter chain; anywhere else it is broken.
            Assert.Equal(length == 6, TicketChain.TryRead(chain[0], written.AsSpan(0, length), out _));
        }
    }

    public void Dispose() => _mesh.Dispose();

    private void Prime() => Connect().WithTicketTaken().Dispose();

    private Link Connect(bool established = true)
    {
        var link = _mesh.ConnectTo(Port, Mesh.Cart, Mesh.Orders);
        return established ? link.Established() : link;
    }
}
