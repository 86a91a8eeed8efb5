using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Net.Client;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Options;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>Operators whose certificates no authority of the mesh issued: the settings name each by its fingerprint.</summary>
public sealed class OperatorCertificateTests : IAsyncLifetime
{
    private readonly X509Certificate2 _bob = SelfSigned("CN=bob, O=Example");
    private readonly X509Certificate2 _victor = SelfSigned("CN=victor");
    private RunningServer _server = null!;

    private string Bob => $"{CertificateFingerprint.Of(_bob.RawData)} \"CN=bob, O=Example\"";

    public async Task InitializeAsync()
    {
        _server = await StartAsync(new OperatorGrant(null, OperatorRole.Admin, CertificateFingerprint.Of(_bob.RawData)), new OperatorGrant(null, OperatorRole.Viewer, CertificateFingerprint.Of(_victor.RawData)));
        await _server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _bob.Dispose();
        _victor.Dispose();
    }

    [Fact]
    public async Task It_gives_its_role_and_its_name_stands_in_the_history_and_the_audit_log()
    {
        var apply = new JsonObject { ["files"] = new JsonArray(new JsonObject { ["name"] = "x.yaml", ["content"] = TestController.Workload("pay") }) };
        var (applied, body) = await _server.AskWithAsync(_bob, HttpMethod.Post, "v1/apply", apply);
        Assert.True(applied == HttpStatusCode.OK, $"{body}");
        Assert.Equal(Bob, (await _server.GetAsync("v1/revisions")).GetProperty("revisions")[0].GetProperty("author").GetString());
        Assert.Equal((Bob, "apply", true), await NewestEntryAsync());
        Assert.Equal(HttpStatusCode.OK, (await _server.AskWithAsync(_bob, HttpMethod.Post, "v1/nodes/web-1/tokens", new JsonObject { ["ttlSeconds"] = 60 })).Status);
        Assert.Equal((Bob, "token", true), await NewestEntryAsync());
    }

    [Fact]
    public async Task It_gives_no_more_than_its_role()
    {
        Assert.Equal(HttpStatusCode.OK, (await _server.AskWithAsync(_victor, HttpMethod.Get, "v1/status")).Status);
        var (status, body) = await _server.AskWithAsync(_victor, HttpMethod.Post, "v1/nodes/web-1/evict");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.EndsWith("\"CN=victor\" is viewer, and this needs admin; see operators in nodemesh-controller.yaml", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_of_an_authority_that_is_none_of_the_mesh_is_as_good_and_nothing_is_fetched_for_it()
    {
        using var web = new TcpListener(IPAddress.Loopback, 0);
        web.Start();
        var (authorityKey, key) = (RSA.Create(2048), RSA.Create(2048));
        var issuer = new CertificateRequest("CN=Example CA", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        issuer.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = issuer.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        var request = new CertificateRequest("CN=carol", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [$"http://127.0.0.1:{((IPEndPoint)web.LocalEndpoint).Port}/ca.crt"]));
        using var issued = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);
        using var carol = issued.CopyWithPrivateKey(key);
        await using var server = await StartAsync(new OperatorGrant(null, OperatorRole.Viewer, CertificateFingerprint.Of(carol.RawData)));

        Assert.Equal(HttpStatusCode.OK, (await server.AskWithAsync(carol, HttpMethod.Get, "v1/status")).Status);

        // Who stands nowhere makes nothing be fetched either.
        await Assert.ThrowsAnyAsync<Exception>(() => _server.AskWithAsync(carol, HttpMethod.Get, "v1/status"));
        Assert.False(web.Pending());
    }

    [Fact]
    public async Task Another_certificate_of_the_same_name_is_a_strangers()
    {
        using var other = SelfSigned("CN=bob, O=Example");
        await AssertCutOffAsync(_server, other, NodeRefusal.UntrustedCertificate, $"{CertificateFingerprint.Of(other.RawData)}", "");
    }

    [Fact]
    public async Task It_ends_with_its_entry()
    {
        Assert.Equal(HttpStatusCode.OK, (await _server.AskWithAsync(_bob, HttpMethod.Get, "v1/status")).Status);
        await _server.RestartAsync(options => options with { Operators = [.. options.Operators.AsEnumerable().Where(grant => grant.Certificate != CertificateFingerprint.Of(_bob.RawData))] });
        await AssertCutOffAsync(_server, _bob, NodeRefusal.UntrustedCertificate, $"{CertificateFingerprint.Of(_bob.RawData)}", "");
        Assert.Equal(HttpStatusCode.OK, (await _server.AskWithAsync(_victor, HttpMethod.Get, "v1/status")).Status);
    }

    [Fact]
    public async Task It_is_good_in_its_time_alone()
    {
        using var early = SelfSigned("CN=early", begins: 2, ends: 3);
        await using var server = await StartAsync(new OperatorGrant(null, OperatorRole.Admin, CertificateFingerprint.Of(early.RawData)));
        var name = $"{CertificateFingerprint.Of(early.RawData)} \"CN=early\"";
        await AssertCutOffAsync(server, early, NodeRefusal.UntrustedCertificate, name, "the certificate is valid from");
        server.Time.Advance(TimeSpan.FromDays(2.5));
        Assert.Equal(HttpStatusCode.OK, (await server.AskWithAsync(early, HttpMethod.Get, "v1/status")).Status);
        server.Time.Advance(TimeSpan.FromDays(1));
        await AssertCutOffAsync(server, early, NodeRefusal.ExpiredCertificate, name, "the certificate ended at");
    }

    [Fact]
    public async Task A_connection_does_not_outlive_it()
    {
        using var client = new HttpClient(RunningServer.HandlerOf(_bob)) { BaseAddress = _server.TlsAddress };
        using var before = await client.GetAsync(new Uri("v1/status", UriKind.Relative));
        _server.Time.Advance(TimeSpan.FromDays(2));
        using var after = await client.GetAsync(new Uri("v1/status", UriKind.Relative));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (before.StatusCode, after.StatusCode));
    }

    [Fact]
    public async Task It_is_no_nodes() => await AssertNoNodeAsync(_server, RunningServer.HandlerOf(_bob), _bob);

    [Fact]
    public async Task Not_even_a_nodes_own_that_the_settings_name()
    {
        var node = await _server.JoinAsync("web-1");
        using var leaf = X509CertificateLoader.LoadCertificate(node.Chain[0].Span);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(node.PrivateKey.Span, out _);
        using var certificate = leaf.CopyWithPrivateKey(key);
        await using var server = await StartAsync(new OperatorGrant(null, OperatorRole.Viewer, CertificateFingerprint.Of(leaf.RawData)));
        Assert.Equal(HttpStatusCode.OK, (await server.AskWithAsync(certificate, HttpMethod.Get, "v1/status")).Status);
        await AssertNoNodeAsync(server, RunningServer.HandlerOf(certificate), certificate);
    }

    private static Task<RunningServer> StartAsync(params OperatorGrant[] operators) =>
        RunningServer.StartAsync(options => options with { Operators = [.. options.Operators, .. operators] });

    /// <param name="begins">From now on, in days.</param>
    /// <param name="ends">From now on, in days.</param>
    private static X509Certificate2 SelfSigned(string subject, double begins = -1, double ends = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(begins), DateTimeOffset.UtcNow.AddDays(ends));
    }

    private static async Task AssertNoNodeAsync(RunningServer server, SocketsHttpHandler handler, X509Certificate2 certificate)
    {
        var request = RunningServer.RequestOf("/nodemesh/node/web-1");
        var body = new JsonObject { ["id"] = "spiffe://test.example/ns/shop/sa/cart", ["request"] = Convert.ToBase64String(request.Der.Span) };
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.AskWithAsync(certificate, HttpMethod.Post, "v1/renew", new JsonObject { ["request"] = Convert.ToBase64String(request.Der.Span) })).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.AskWithAsync(certificate, HttpMethod.Post, "v1/certificates", body)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.AskWithAsync(certificate, HttpMethod.Post, "v1/health", new JsonObject { ["unhealthy"] = new JsonArray() })).Status);
        var join = new JsonObject { ["secret"] = new string('A', 43), ["request"] = Convert.ToBase64String(request.Der.Span) };
        Assert.Equal(HttpStatusCode.Forbidden, (await server.AskWithAsync(certificate, HttpMethod.Post, "v1/join", join)).Status);
        using var channel = GrpcChannel.ForAddress(server.TlsAddress, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources();
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
    }

    /// <summary>It does not get as far as a request. What has a body is not sent again by the client itself.</summary>
    private static async Task AssertCutOffAsync(RunningServer server, X509Certificate2 certificate, NodeRefusal refusal, string subject, string detail)
    {
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => server.AskWithAsync(certificate, HttpMethod.Post, "v1/apply", new JsonObject()));
        Assert.Equal(1, (await server.GetAsync("v1/status")).GetProperty("refused").GetProperty(refusal.ToString()).GetInt64());
        var newest = (await server.GetAsync("v1/audit?limit=1")).GetProperty("entries")[0];
        Assert.Equal(("connect", subject, false), (Text("what"), Text("subject"), newest.GetProperty("allowed").GetBoolean()));
        Assert.StartsWith(detail, Text("detail"), StringComparison.Ordinal);

        string Text(string name) => newest.GetProperty(name).GetString()!;
    }

    private async Task<(string Who, string What, bool Allowed)> NewestEntryAsync()
    {
        var newest = (await _server.GetAsync("v1/audit?limit=1")).GetProperty("entries")[0];
        return (newest.GetProperty("who").GetString()!, newest.GetProperty("what").GetString()!, newest.GetProperty("allowed").GetBoolean());
    }
}
