using System.Net;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Options;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>Whoever asks for what is not theirs, over TLS: each is refused, told why, counted and in the audit log.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private const string Node = "/nodemesh/node/web-1";
    private const string Cart = "/ns/shop/sa/cart";

    private static readonly SpiffeId Victor = SpiffeId.Parse("spiffe://test.example/ns/ops/sa/victor");

    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync(options => options with { Operators = [.. options.Operators, new OperatorGrant(Victor, OperatorRole.Viewer)] });
        await _server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_foreign_identity()
    {
        var svid = await _server.JoinAsync("web-1");
        var cart = RunningServer.RequestOf(Cart);
        RunningServer.Complete(cart, await _server.SignAsync(svid, Cart, cart));
        foreach (var foreign in new[] { "/ns/shop/sa/pay", "/nodemesh/controller", "/nodemesh/node/web-2", "/ns/ops/sa/alice" })
        {
            await AssertRefusedAsync(
                NodeRefusal.ForeignIdentity, "sign", "no workload with the identity", () => _server.SignAsync(svid, foreign, RunningServer.RequestOf(foreign)));
        }
    }

    [Fact]
    public async Task A_token_that_was_used_also_from_another_machine_and_after_a_restart()
    {
        var secret = await _server.TokenAsync("web-1");
        var first = RunningServer.RequestOf(Node);
        RunningServer.Complete(first, await _server.JoinAsync(secret, first));

        // Whoever stole it has a key of its own.
        await AssertRefusedAsync(
            NodeRefusal.UsedToken, "join", "if that was not you, evict web-1", () => _server.JoinAsync(secret, RunningServer.RequestOf(Node)));
        await _server.RestartAsync();
        await AssertRefusedAsync(NodeRefusal.UsedToken, "join", "the token was used at", () => _server.JoinAsync(secret, RunningServer.RequestOf(Node)));
        Assert.DoesNotContain(secret, (await _server.GetAsync("v1/audit")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_has_ended_or_was_never_made()
    {
        var secret = await _server.TokenAsync("web-1");
        _server.Time.Advance(TimeSpan.FromMinutes(10));
        await AssertRefusedAsync(NodeRefusal.ExpiredToken, "join", "the token ended at", () => _server.JoinAsync(secret, RunningServer.RequestOf(Node)));
        await AssertRefusedAsync(
            NodeRefusal.UnknownToken, "join", "there is no such token", () => _server.JoinAsync(new string('A', 43), RunningServer.RequestOf(Node)));
    }

    [Fact]
    public async Task A_request_with_another_name()
    {
        var secret = await _server.TokenAsync("web-1");
        await AssertRefusedAsync(
            NodeRefusal.BadRequest, "join", "but only spiffe://test.example/nodemesh/node/web-1 is allowed", () => _server.JoinAsync(secret, RunningServer.RequestOf("/nodemesh/node/web-2")));
        var request = RunningServer.RequestOf(Node);
        var svid = RunningServer.Complete(request, await _server.JoinAsync(secret, request));
        await AssertRefusedAsync(NodeRefusal.BadRequest, "sign", "but only", () => _server.SignAsync(svid, Cart, RunningServer.RequestOf("/ns/shop/sa/pay")));
        await AssertRefusedAsync(NodeRefusal.BadRequest, "renew", "but only", () => _server.RenewAsync(svid, RunningServer.RequestOf("/nodemesh/node/web-2")));
    }

    [Fact]
    public async Task A_renewal_with_a_certificate_that_was_replaced()
    {
        var first = await _server.JoinAsync("web-1");
        var request = RunningServer.RequestOf(Node);
        var second = RunningServer.Complete(request, await _server.RenewAsync(first, request));
        var cart = RunningServer.RequestOf(Cart);
        RunningServer.Complete(cart, await _server.SignAsync(second, Cart, cart));

        // The very same request again, and a new one.
        await AssertRefusedAsync(NodeRefusal.SupersededCertificate, "authenticate", "two machines seem to use its key", () => _server.RenewAsync(first, request));
        await AssertRefusedAsync(
            NodeRefusal.SupersededCertificate, "authenticate", "was replaced", () => _server.SignAsync(first, Cart, RunningServer.RequestOf(Cart)), isNoted: false);
        var third = RunningServer.RequestOf(Node);
        RunningServer.Complete(third, await _server.RenewAsync(second, third));
    }

    [Fact]
    public async Task A_node_that_was_evicted_whose_stream_ends_at_once()
    {
        var svid = await _server.JoinAsync("web-1");
        using var channel = GrpcChannel.ForAddress(_server.TlsAddress, new GrpcChannelOptions { HttpHandler = RunningServer.HandlerOf(svid), DisposeHttpClient = true });
        using var call = await ConnectAsync(channel);
        var (status, _) = await _server.AskAsync(HttpMethod.Post, "v1/nodes/web-1/evict");
        Assert.Equal(HttpStatusCode.NoContent, status);
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                // What was under way.
            }
        });
        Assert.Equal(StatusCode.Aborted, ended.StatusCode);
        await AssertRefusedAsync(NodeRefusal.Evicted, "authenticate", "web-1 was evicted", () => _server.RenewAsync(svid, RunningServer.RequestOf(Node)));
        await AssertRefusedAsync(
            NodeRefusal.Evicted, "authenticate", "web-1 was evicted", () => _server.SignAsync(svid, Cart, RunningServer.RequestOf(Cart)), isNoted: false);
        var refused = await Assert.ThrowsAsync<RpcException>(() => ConnectAsync(channel));
        Assert.Equal((StatusCode.PermissionDenied, "web-1 was evicted"), (refused.StatusCode, refused.Status.Detail));
        var evicted = (await _server.GetAsync("v1/audit")).GetProperty("entries").EnumerateArray().First(entry => entry.GetProperty("what").GetString() == "evict");
        Assert.Equal("web-1", evicted.GetProperty("subject").GetString());
    }

    [Fact]
    public async Task A_node_that_was_deleted()
    {
        var request = RunningServer.RequestOf("/nodemesh/node/web-2");
        var svid = RunningServer.Complete(request, await _server.JoinAsync(await _server.TokenAsync("web-2"), request));
        var (early, problem) = await _server.AskAsync(HttpMethod.Delete, "v1/nodes/web-2");
        Assert.Equal((HttpStatusCode.Conflict, "web-2 is in the mesh; evict it first"), (early, problem.GetProperty("detail").GetString()));
        await _server.AskAsync(HttpMethod.Post, "v1/nodes/web-2/evict");
        Assert.Equal(HttpStatusCode.NoContent, (await _server.AskAsync(HttpMethod.Delete, "v1/nodes/web-2")).Status);
        Assert.Empty((await _server.GetAsync("v1/nodes")).GetProperty("nodes").EnumerateArray());
        await AssertRefusedAsync(NodeRefusal.UnknownNode, "authenticate", "web-2 has not joined", () => _server.RenewAsync(svid, request));
        await _server.RestartAsync();
        await AssertRefusedAsync(NodeRefusal.UnknownNode, "authenticate", "web-2 has not joined", () => _server.RenewAsync(svid, request));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.AskAsync(HttpMethod.Delete, "v1/nodes/web-2")).Status);
    }

    [Fact]
    public async Task A_certificate_of_another_authority()
    {
        var other = CertificateAuthority.CreateRoot(TestController.TrustDomain, CertificateAuthorityOptions.Default, _server.Time);
        var request = RunningServer.RequestOf(Node);
        var forged = request.Complete(other.Sign(request.Der.Span, request.Id));
        await AssertCutOffAsync(NodeRefusal.UntrustedCertificate, forged, "no valid path leads from spiffe://test.example/nodemesh/node/web-1");
    }

    [Fact]
    public async Task A_certificate_that_has_ended_but_for_its_renewal_within_a_week()
    {
        var svid = await _server.JoinAsync("web-1");
        _server.Time.Advance(TimeSpan.FromDays(2));
        await AssertRefusedAsync(
            NodeRefusal.ExpiredCertificate, "authenticate", "renew it first", () => _server.SignAsync(svid, Cart, RunningServer.RequestOf(Cart)));
        var request = RunningServer.RequestOf(Node);
        var next = RunningServer.Complete(request, await _server.RenewAsync(svid, request));
        _server.Time.Advance(TimeSpan.FromDays(9));
        await AssertCutOffAsync(NodeRefusal.ExpiredCertificate, next, "expired at");
    }

    [Fact]
    public async Task An_operator_whose_certificate_has_ended()
    {
        var alice = _server.Issue(RunningServer.Alice);
        Assert.Equal(HttpStatusCode.OK, (await _server.AskAsAsync(alice, HttpMethod.Get, "v1/status")).Status);
        _server.Time.Advance(TimeSpan.FromDays(1.5));
        var (status, body) = await _server.AskAsAsync(alice, HttpMethod.Get, "v1/status");
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("have a new one issued", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_who_may_not_and_a_stranger()
    {
        var stranger = SpiffeId.Parse("spiffe://test.example/ns/shop/sa/cart");
        await AssertNotPermittedAsync(_server.Issue(Victor), HttpStatusCode.Forbidden, $"{Victor}", $"{Victor} is viewer, and this needs admin; see operators in nodemesh-controller.yaml");
        await AssertNotPermittedAsync(_server.Issue(stranger), HttpStatusCode.Forbidden, $"{stranger}", $"{stranger} is no operator; see operators in nodemesh-controller.yaml");
        await AssertNotPermittedAsync(null, HttpStatusCode.Unauthorized, "127.0.0.1", "a client certificate of an operator is needed");
    }

    [Fact]
    public async Task A_body_that_is_longer_than_anything_right_from_whom_it_may_be()
    {
        var body = new System.Text.Json.Nodes.JsonObject { ["secret"] = new string('A', 100_000), ["request"] = "" };
        var (status, problem) = await _server.AskAsAsync(null, HttpMethod.Post, "v1/join", body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("65536", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);

        // An operator's apply may be long.
        await _server.ApplyAsync(string.Join("---\n", Enumerable.Range(0, 1_000).Select(number => TestController.Workload($"w{number}"))));
    }

    [Fact]
    public async Task Everything_signed_and_changed_is_in_the_audit_log_which_comes_in_parts()
    {
        var svid = await _server.JoinAsync("web-1");
        var cart = RunningServer.RequestOf(Cart);
        var signed = RunningServer.Complete(cart, await _server.SignAsync(svid, Cart, cart));
        var whole = (await _server.GetAsync("v1/audit")).GetProperty("entries").EnumerateArray().ToArray();
        Assert.Equal(["sign", "join", "token", "apply"], whole.Select(entry => entry.GetProperty("what").GetString()));
        Assert.Equal($"serial {signed.SerialNumber}", whole[0].GetProperty("detail").GetString());
        var parts = new List<string>();
        for (long? before = long.MaxValue; before is not null;)
        {
            var part = await _server.GetAsync($"v1/audit?limit=1&before={before}");
            parts.AddRange(part.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("what").GetString()!));
            before = part.TryGetProperty("next", out var next) ? next.GetInt64() : null;
        }

        Assert.Equal(["sign", "join", "token", "apply"], parts);
    }

    private static async Task<AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse>> ConnectAsync(GrpcChannel channel)
    {
        var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources();
        await call.RequestStream.WriteAsync(new DeltaState(TypeUrls.Resource).Begin("web-1", byName: false));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        return call;
    }

    private async Task AssertRefusedAsync(
        NodeRefusal refusal, string what, string detail, Func<Task<(HttpStatusCode Status, JsonElement Body)>> ask, bool isNoted = true)
    {
        var before = await CountAsync(refusal);
        var (status, body) = await ask();
        Assert.Equal(refusal == NodeRefusal.BadRequest ? HttpStatusCode.BadRequest : HttpStatusCode.Forbidden, status);
        Assert.Contains(detail, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await AssertCountedAsync(refusal, before, what, detail, isNoted);
    }

    /// <summary>It does not get as far as a request.</summary>
    private async Task AssertCutOffAsync(NodeRefusal refusal, X509Svid svid, string detail)
    {
        var before = await CountAsync(refusal);
        await Assert.ThrowsAnyAsync<Exception>(() => _server.RenewAsync(svid, RunningServer.RequestOf(Node)));
        await AssertCountedAsync(refusal, before, "connect", detail, isNoted: true);
    }

    private async Task AssertCountedAsync(NodeRefusal refusal, long before, string what, string detail, bool isNoted)
    {
        Assert.Equal(before + 1, await CountAsync(refusal));
        var newest = (await _server.GetAsync("v1/audit?limit=1")).GetProperty("entries")[0];
        if (isNoted)
        {
            Assert.Equal(("127.0.0.1", what, false), (newest.GetProperty("who").GetString(), newest.GetProperty("what").GetString(), newest.GetProperty("allowed").GetBoolean()));
            Assert.Contains(detail, newest.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    private async Task AssertNotPermittedAsync(X509Svid? svid, HttpStatusCode expected, string who, string detail)
    {
        var before = await CountAsync(NodeRefusal.NotPermitted);
        var (status, body) = await _server.AskAsAsync(svid, HttpMethod.Post, "v1/nodes/web-1/evict");
        Assert.Equal((expected, detail), (status, body.GetProperty("detail").GetString()));
        Assert.Equal(before + 1, await CountAsync(NodeRefusal.NotPermitted));
        var newest = (await _server.GetAsync("v1/audit?limit=1")).GetProperty("entries")[0];
        Assert.Equal(
            (who, "ask", "POST /v1/nodes/web-1/evict", false, detail),
            (Text("who"), Text("what"), Text("subject"), newest.GetProperty("allowed").GetBoolean(), Text("detail")));

        string Text(string name) => newest.GetProperty(name).GetString()!;
    }

    private async Task<long> CountAsync(NodeRefusal refusal) =>
        (await _server.GetAsync("v1/status")).GetProperty("refused").TryGetProperty(refusal.ToString(), out var count) ? count.GetInt64() : 0;
}
