using Microsoft.Data.Sqlite;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Store;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Controller.Tests;

/// <summary>Who is let in, what is signed for whom, and what is refused, counted and noted.</summary>
public sealed class NodeRegistryTests : IDisposable
{
    private const string Peer = "192.0.2.1";

    private readonly TestController _controller = new();

    public void Dispose() => _controller.Dispose();

    [Fact]
    public void A_machine_joins_with_a_token_and_is_known_by_its_certificate()
    {
        var svid = Join("web-1");
        Assert.Equal("spiffe://test.example/nodemesh/node/web-1", svid.Id.ToString());
        Assert.True(new SvidValidator(new TrustBundleSet([_controller.Authority.Bundle]), _controller.Time).Validate(svid.Chain).IsValid);
        Assert.Equal("web-1", _controller.Nodes.Authenticate("web-1", svid.SerialNumber, Peer).Name);
        _controller.Restart();
        Assert.Equal("web-1", _controller.Nodes.Authenticate("web-1", svid.SerialNumber, Peer).Name);
    }

    [Fact]
    public void A_token_serves_once_whoever_comes_second()
    {
        var token = Secret("web-1");
        Join("web-1", token);
        AssertRefused(NodeRefusal.UsedToken, () => Join("web-1", token));
        _controller.Restart();
        AssertRefused(NodeRefusal.UsedToken, () => Join("web-1", token));
    }

    [Fact]
    public void A_token_serves_until_its_end()
    {
        var token = Secret("web-1");
        _controller.Time.Advance(TimeSpan.FromMinutes(10));
        AssertRefused(NodeRefusal.ExpiredToken, () => Join("web-1", token));
        AssertRefused(NodeRefusal.UnknownToken, () => Join("web-1", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    }

    [Fact]
    public void A_token_serves_for_its_own_name_alone()
    {
        var token = Secret("web-1");
        AssertRefused(NodeRefusal.BadRequest, () => _controller.Nodes.Join(token, RequestOf("spiffe://test.example/nodemesh/node/web-2").Der, Peer));
        AssertRefused(NodeRefusal.BadRequest, () => _controller.Nodes.Join(token, RequestOf("spiffe://test.example/ns/shop/sa/cart").Der, Peer));

        // What was refused did not use it up.
        Join("web-1", token);
    }

    [Fact]
    public async Task Only_workloads_that_are_placed_on_the_node_are_signed_for()
    {
        await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        var node = Known(Join("web-1"));
        var cart = RequestOf("spiffe://test.example/ns/shop/sa/cart");
        var svid = cart.Complete(_controller.Nodes.SignWorkload(node, cart.Id, cart.Der, Peer));
        Assert.Equal(cart.Id, svid.Id);
        foreach (var foreign in new[] { "spiffe://test.example/ns/shop/sa/pay", "spiffe://test.example/nodemesh/controller", "spiffe://test.example/nodemesh/node/web-2" })
        {
            var request = RequestOf(foreign);
            AssertRefused(NodeRefusal.ForeignIdentity, () => _controller.Nodes.SignWorkload(node, request.Id, request.Der, Peer));
            AssertRefused(NodeRefusal.BadRequest, () => _controller.Nodes.SignWorkload(node, cart.Id, request.Der, Peer));
        }

        AssertRefused(NodeRefusal.BadRequest, () => _controller.Nodes.SignWorkload(node, cart.Id, new byte[] { 1, 2, 3 }, Peer));
    }

    [Fact]
    public async Task An_operators_identity_is_signed_for_no_workload_wherever_that_is_placed()
    {
        await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("alice"));
        var node = Known(Join("web-1"));
        var request = RequestOf(TestController.Operator.ToString());
        AssertRefused(NodeRefusal.ForeignIdentity, () => _controller.Nodes.SignWorkload(node, request.Id, request.Der, Peer));
    }

    [Fact]
    public void What_cannot_be_audited_is_not_done()
    {
        var svid = Join("web-1");
        var secret = Secret("web-2");
        var cut = new List<string>();
        _controller.Nodes.Evicted += cut.Add;
        Execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END");
        var request = RequestOf("spiffe://test.example/nodemesh/node/web-2");
        Assert.Throws<StoreException>(() => _controller.Nodes.Join(secret, request.Der, Peer));
        Assert.Throws<StoreException>(() => _controller.Nodes.Evict("web-1", "alice"));
        Assert.Throws<StoreException>(() => _controller.Nodes.Cordon("web-1", isCordoned: true, "alice"));
        Assert.Throws<StoreException>(() => _controller.Nodes.Delete("web-2", "alice"));
        Assert.Empty(cut);
        Assert.Equal(NodeState.Joined, Known(svid).State);
        Execute("DROP TRIGGER full");
        Join("web-2", secret);
        _controller.Nodes.Evict("web-1", "alice");
        Assert.Equal(["web-1"], cut);
    }

    [Fact]
    public void A_certificate_serves_until_the_next_one_is_shown()
    {
        var first = Join("web-1");
        var request = RequestOf(first.Id.ToString());
        var second = request.Complete(_controller.Nodes.Renew(Known(first), request.Der, Peer));

        // The answer may have been lost: the old one still serves, and may ask again.
        Known(first);
        Known(second);
        AssertRefused(NodeRefusal.SupersededCertificate, () => Known(first));
        _controller.Restart();
        AssertRefused(NodeRefusal.SupersededCertificate, () => Known(first));
        Known(second);
    }

    [Fact]
    public void A_renewal_is_for_the_nodes_own_name()
    {
        var node = Known(Join("web-1"));
        AssertRefused(NodeRefusal.BadRequest, () => _controller.Nodes.Renew(node, RequestOf("spiffe://test.example/nodemesh/node/web-2").Der, Peer));
    }

    [Fact]
    public void An_evicted_node_is_cut_off_at_once_and_comes_back_with_a_token_only()
    {
        var svid = Join("web-1");
        var cut = new List<string>();
        _controller.Nodes.Evicted += cut.Add;
        Assert.True(_controller.Nodes.Evict("web-1", "alice"));
        Assert.False(_controller.Nodes.Evict("web-9", "alice"));
        Assert.Equal(["web-1"], cut);
        AssertRefused(NodeRefusal.Evicted, () => Known(svid));
        _controller.Restart();
        AssertRefused(NodeRefusal.Evicted, () => Known(svid));
        var again = Join("web-1");
        Known(again);
        AssertRefused(NodeRefusal.SupersededCertificate, () => Known(svid));
    }

    [Fact]
    public void A_cordoned_node_stays_in_the_mesh_and_cordoned_however_it_comes_back()
    {
        var svid = Join("web-1");
        Assert.True(_controller.Nodes.Cordon("web-1", isCordoned: true, "alice"));
        var request = RequestOf(svid.Id.ToString());
        var next = request.Complete(_controller.Nodes.Renew(Known(svid), request.Der, Peer));
        Assert.Equal(NodeState.Cordoned, Known(next).State);
        Join("web-1");
        _controller.Restart();
        Assert.Equal(NodeState.Cordoned, Assert.Single(_controller.Nodes.Nodes()).State);
        Assert.True(_controller.Nodes.Cordon("web-1", isCordoned: false, "alice"));
        Assert.Equal(NodeState.Joined, Assert.Single(_controller.Nodes.Nodes()).State);
        Assert.Equal(
            [("alice", "uncordon"), ("alice", "cordon")],
            _controller.Store.Audit(long.MaxValue, 10).Where(entry => entry.What.Contains("cordon", StringComparison.Ordinal)).Select(entry => (entry.Who, entry.What)));
    }

    [Fact]
    public void A_node_that_is_not_in_the_mesh_cannot_be_cordoned()
    {
        Assert.False(_controller.Nodes.Cordon("web-9", isCordoned: true, "alice"));
        Join("web-1");
        _controller.Nodes.Evict("web-1", "alice");
        Assert.False(_controller.Nodes.Cordon("web-1", isCordoned: false, "alice"));
        Assert.Equal(NodeState.Evicted, Assert.Single(_controller.Nodes.Nodes()).State);
    }

    [Fact]
    public void A_renewal_that_was_under_way_does_not_undo_an_eviction()
    {
        var node = Known(Join("web-1"));
        _controller.Nodes.Evict("web-1", "alice");
        AssertRefused(NodeRefusal.Evicted, () => _controller.Nodes.Renew(node, RequestOf("spiffe://test.example/nodemesh/node/web-1").Der, Peer));
        Assert.Equal(NodeState.Evicted, Assert.Single(_controller.Nodes.Nodes()).State);
    }

    [Fact]
    public void A_deleted_node_is_gone_from_the_list_and_its_certificates_stay_refused()
    {
        var svid = Join("web-1");
        Assert.Throws<NodeInUseException>(() => _controller.Nodes.Delete("web-1", "alice"));
        var node = Known(svid);
        _controller.Nodes.Evict("web-1", "alice");
        Assert.True(_controller.Nodes.Delete("web-1", "alice"));
        Assert.Empty(_controller.Nodes.Nodes());
        Assert.Equal(("alice", "delete", "web-1"), _controller.Store.Audit(long.MaxValue, 1).Select(entry => (entry.Who, entry.What, entry.Subject)).Single());
        AssertRefused(NodeRefusal.UnknownNode, () => Known(svid));
        AssertRefused(NodeRefusal.UnknownNode, () => _controller.Nodes.Renew(node, RequestOf("spiffe://test.example/nodemesh/node/web-1").Der, Peer));
        _controller.Restart();
        AssertRefused(NodeRefusal.UnknownNode, () => Known(svid));

        // The name is free, and the one who had it before is not the one who has it now.
        var another = Join("web-1");
        AssertRefused(NodeRefusal.SupersededCertificate, () => Known(svid));
        Known(another);
    }

    [Fact]
    public async Task A_node_on_which_workloads_are_placed_is_not_deleted()
    {
        await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        Join("web-1");
        _controller.Nodes.Evict("web-1", "alice");
        var error = Assert.Throws<NodeInUseException>(() => _controller.Nodes.Delete("web-1", "alice"));
        Assert.StartsWith("Workload shop/cart would count as serving again", error.Message, StringComparison.Ordinal);
        Assert.Equal(NodeState.Evicted, Assert.Single(_controller.Nodes.Nodes()).State);
    }

    [Fact]
    public void Deleting_a_node_that_never_joined_takes_its_tokens_back_but_for_those_that_were_used()
    {
        var used = Secret("web-1");
        Join("web-1", used);
        _controller.Nodes.Evict("web-1", "alice");
        var (own, others) = (Secret("web-1"), Secret("web-2"));
        Assert.True(_controller.Nodes.Delete("web-1", "alice"));
        AssertRefused(NodeRefusal.UnknownToken, () => Join("web-1", own));
        AssertRefused(NodeRefusal.UsedToken, () => Join("web-1", used));
        Assert.True(_controller.Nodes.Delete("web-2", "alice"));
        Assert.Equal(NodeRefusal.UnknownToken, Assert.Throws<NodeException>(() => Join("web-2", others)).Refusal);
        Assert.False(_controller.Nodes.Delete("web-2", "alice"));
    }

    [Fact]
    public void A_node_that_never_joined_is_unknown() => AssertRefused(NodeRefusal.UnknownNode, () => _controller.Nodes.Authenticate("web-9", "01", Peer));

    [Fact]
    public void Everything_stands_in_the_audit_log()
    {
        var token = Secret("web-1");
        Join("web-1", token);
        AssertRefused(NodeRefusal.UsedToken, () => Join("web-1", token));
        _controller.Nodes.Evict("web-1", "alice");
        Assert.Equal(
            [("alice", "evict", true), (Peer, "join", false), (Peer, "join", true), ("alice", "token", true)],
            _controller.Store.Audit(long.MaxValue, 10).Select(entry => (entry.Who, entry.What, entry.Allowed)));
        Assert.DoesNotContain(_controller.Store.Audit(long.MaxValue, 10), entry => entry.Detail.Contains(token, StringComparison.Ordinal));
    }

    private static CertificateSigningRequest RequestOf(string id) => CertificateSigningRequest.Create(SpiffeId.Parse(id));

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_controller.StorePath};Pooling=False");
        connection.Open();
#pragma warning disable CA2100 // Constants of this class.
        using var command = new SqliteCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private string Secret(string node)
    {
        Assert.True(JoinTokenText.TryRead(_controller.Nodes.CreateToken(node, TimeSpan.FromMinutes(10), "alice"), out var secret, out _));
        return secret;
    }

    private X509Svid Join(string node, string? secret = null)
    {
        var request = RequestOf($"spiffe://test.example/nodemesh/node/{node}");
        var (name, chain) = _controller.Nodes.Join(secret ?? Secret(node), request.Der, Peer);
        Assert.Equal(node, name);
        return request.Complete(chain);
    }

    private NodeRecord Known(X509Svid svid) => _controller.Nodes.Authenticate("web-1", svid.SerialNumber, Peer);

    private void AssertRefused(NodeRefusal refusal, Action action)
    {
        var before = _controller.Nodes.Refusals.Counts.GetValueOrDefault(refusal);
        Assert.Equal(refusal, Assert.Throws<NodeException>(action).Refusal);
        Assert.Equal(before + 1, _controller.Nodes.Refusals.Counts[refusal]);
        Assert.False(_controller.Store.Audit(long.MaxValue, 1)[0].Allowed);
    }
}
