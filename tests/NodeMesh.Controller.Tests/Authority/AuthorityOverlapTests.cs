using System.Net;
using System.Text.Json;
using Grpc.Net.Client;
using Microsoft.Data.Sqlite;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Tests.Serving;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Files;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;
using TrustBundle = NodeMesh.Spiffe.Bundles.TrustBundle;

namespace NodeMesh.Controller.Tests.Authority;

/// <summary>The root is replaced: what the old one and the new one signed is accepted side by side, until the old one is taken out.</summary>
public sealed class AuthorityOverlapTests : IDisposable
{
    private const string Cart = "/ns/shop/sa/cart";

    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("nodemesh-files-");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public async Task Old_and_new_certificates_overlap_where_the_controller_keeps_the_authority()
    {
        await using var server = await RunningServer.StartAsync();
        await server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        var old = await server.JoinAsync("web-1");
        await StepAsync(server, "prepare");
        var prepared = await BundleAsync(server);
        await StepAsync(server, "activate?force=true");
        var next = await SignAsync(server, old);
        var both = await BundleAsync(server);
        Assert.All([old, next], svid => AssertValid(both, svid));
        Assert.All([old, next], svid => AssertValid(prepared, svid));

        // Who has only the old certificate is still let in, and who has a new one as well.
        var request = RunningServer.RequestOf("/nodemesh/node/web-1");
        var renewed = RunningServer.Complete(request, await server.RenewAsync(old, request));
        await SignAsync(server, renewed);
        await StepAsync(server, "retire");
        var after = await BundleAsync(server);
        AssertValid(after, next);
        Assert.False(new SvidValidator(new TrustBundleSet([after]), server.Time).Validate(old.Chain).IsValid);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => server.SignAsync(old, Cart, RunningServer.RequestOf(Cart)));
        await SignAsync(server, renewed);
        Assert.Equal([1UL, 2UL, 2UL, 3UL], [1UL, prepared.Sequence, both.Sequence, after.Sequence]);
    }

    [Fact]
    public async Task A_step_that_cannot_be_written_down_is_not_taken()
    {
        await using var server = await RunningServer.StartAsync();
        var before = await BundleAsync(server);
        using var connection = new SqliteConnection($"Data Source={server.Options.StorePath};Pooling=False");
        await connection.OpenAsync();
        await using var block = new SqliteCommand("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END", connection);
        await block.ExecuteNonQueryAsync();
        var (refused, _) = await server.AskAsync(HttpMethod.Post, "v1/authority/prepare");
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused);
        Assert.Equal(before.Sequence, (await BundleAsync(server)).Sequence);
        await using var allow = new SqliteCommand("DROP TRIGGER full", connection);
        await allow.ExecuteNonQueryAsync();
        await StepAsync(server, "prepare");
        Assert.Equal(before.Sequence + 1, (await BundleAsync(server)).Sequence);
    }

    [Fact]
    public async Task A_step_that_fails_after_it_was_written_down_is_said_to_have_failed_and_one_that_is_not_allowed_is_not_written_down()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(HttpStatusCode.Conflict, (await server.AskAsync(HttpMethod.Post, "v1/authority/retire")).Status);
        Assert.Empty((await server.GetAsync("v1/audit")).GetProperty("entries").EnumerateArray());

        // A file stands where the next root is staged.
        await File.WriteAllTextAsync(Path.Combine(server.Options.AuthorityPath, "staging"), "");
        var (status, problem) = await server.AskAsync(HttpMethod.Post, "v1/authority/prepare");
        Assert.Equal(HttpStatusCode.Conflict, status);
        var entries = (await server.GetAsync("v1/audit")).GetProperty("entries").EnumerateArray().ToArray();
        Assert.Equal([("prepare", false), ("prepare", true)], entries.Select(entry => (entry.GetProperty("subject").GetString(), entry.GetProperty("allowed").GetBoolean())));
        Assert.Equal(problem.GetProperty("detail").GetString(), entries[0].GetProperty("detail").GetString());
    }

    [Fact]
    public async Task The_next_root_does_not_sign_before_every_node_trusts_it()
    {
        await using var server = await RunningServer.StartAsync();
        var svid = await server.JoinAsync("web-1");
        await server.JoinAsync("web-2");
        await StepAsync(server, "prepare");
        await AssertLackingAsync(server, "web-1 (not connected), web-2 (not connected) would not trust");
        Assert.Equal(HttpStatusCode.NoContent, (await server.AskAsync(HttpMethod.Post, "v1/nodes/web-2/evict")).Status);
        await AssertLackingAsync(server, "web-1 (not connected) would not trust");

        using var channel = GrpcChannel.ForAddress(server.TlsAddress, new GrpcChannelOptions { HttpHandler = RunningServer.HandlerOf(svid), DisposeHttpClient = true });
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources();
        await call.RequestStream.WriteAsync(new DeltaState(TypeUrls.TrustBundle).Begin("web-1", byName: false));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        await AssertLackingAsync(server, "web-1 would not trust");
        await call.RequestStream.WriteAsync(DeltaState.Answer(call.ResponseStream.Current, "there is no room"));
        await AssertLackingAsync(server, "web-1 would not trust");
    }

    [Fact]
    public async Task The_next_root_signs_once_every_node_trusts_it()
    {
        await using var server = await RunningServer.StartAsync();
        var svid = await server.JoinAsync("web-1");
        await StepAsync(server, "prepare");
        using var channel = GrpcChannel.ForAddress(server.TlsAddress, new GrpcChannelOptions { HttpHandler = RunningServer.HandlerOf(svid), DisposeHttpClient = true });
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources();
        await call.RequestStream.WriteAsync(new DeltaState(TypeUrls.TrustBundle).Begin("web-1", byName: false));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        await call.RequestStream.WriteAsync(DeltaState.Answer(call.ResponseStream.Current, null));
        await UntilAsync(async () => (await server.AskAsync(HttpMethod.Post, "v1/authority/activate")).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Files_that_are_replaced_are_in_force_within_seconds_and_overlap_too()
    {
        var (first, second) = (Make("first"), Make("second"));
        Give(first, [first]);
        await using var server = await RunningServer.StartAsync(options => options with
        {
            Authority = new AuthorityPaths(PathOf("issuing.crt"), PathOf("issuing.key"), PathOf("roots.crt")),
        });
        await server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        var old = await server.JoinAsync("web-1");
        AssertValid(await BundleAsync(server), old);

        // 1. The next root is trusted.
        Give(first, [first, second]);
        await UntilAsync(async () => (await BundleAsync(server)).X509Authorities.Count == 2);

        // 2. It signs. Half of the files is an error that changes nothing.
        File.WriteAllText(PathOf("issuing.crt"), PemOf(second.Issuing));
        await UntilAsync(async () => (await server.GetAsync("v1/authority")).TryGetProperty("problem", out _));
        Assert.Contains(
            "the private key does not belong to the certificate", (await server.GetAsync("v1/authority")).GetProperty("problem").GetString(), StringComparison.Ordinal);
        await SignAsync(server, old);
        Give(second, [first, second]);
        await UntilAsync(async () => (await server.GetAsync("v1/authority")) is var status && !status.TryGetProperty("problem", out _)
            && status.GetProperty("active").GetProperty("serial").GetString() == SerialOf(second.Root));
        var next = await SignAsync(server, old);
        var both = await BundleAsync(server);
        Assert.All([old, next], svid => AssertValid(both, svid));

        // 3. The old one is taken out. What the bundle counts goes on over a restart.
        Give(second, [second]);
        await UntilAsync(async () => (await BundleAsync(server)).X509Authorities.Count == 1);
        var after = await BundleAsync(server);
        AssertValid(after, next);
        Assert.False(new SvidValidator(new TrustBundleSet([after]), server.Time).Validate(old.Chain).IsValid);
        Assert.Equal(3UL, after.Sequence);
        await server.RestartAsync();
        Assert.Equal(3UL, (await BundleAsync(server)).Sequence);

        // It is not rotated by a command.
        var (refused, problem) = await server.AskAsync(HttpMethod.Post, "v1/authority/prepare");
        Assert.Equal(HttpStatusCode.Conflict, refused);
        Assert.Contains("rotated by replacing them", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_in_a_circle_leave_the_files_before_them_in_force()
    {
        var first = Make("first");
        Give(first, [first]);
        await using var server = await RunningServer.StartAsync(options => options with
        {
            Authority = new AuthorityPaths(PathOf("issuing.crt"), PathOf("issuing.key"), PathOf("roots.crt")),
        });
        await server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        var node = await server.JoinAsync("web-1");
        File.Delete(PathOf("issuing.crt"));
        File.CreateSymbolicLink(PathOf("issuing.crt"), PathOf("issuing.crt"));
        await UntilAsync(async () => (await server.GetAsync("v1/authority")).TryGetProperty("problem", out _));
        Assert.Contains("issuing.crt", (await server.GetAsync("v1/authority")).GetProperty("problem").GetString(), StringComparison.Ordinal);
        await SignAsync(server, node);
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_refused_at_the_start()
    {
        var (first, second) = (Make("first"), Make("second"));
        Give(first, [second]);
        var error = await Assert.ThrowsAsync<AuthorityException>(() => RunningServer.StartAsync(options => options with
        {
            Authority = new AuthorityPaths(PathOf("issuing.crt"), PathOf("issuing.key"), PathOf("roots.crt")),
        }));
        Assert.Contains("which is not in", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A SPIFFE Federation endpoint (profile https_spiffe), as whoever has no certificate asks it.</summary>
    [Fact]
    public async Task The_bundle_is_a_jwks_for_anybody()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.ClientOf(null);
        using var response = await client.GetAsync("v1/bundle");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal((1, 300), (document.RootElement.GetProperty("spiffe_sequence").GetInt32(), document.RootElement.GetProperty("spiffe_refresh_hint").GetInt32()));
        var key = Assert.Single(document.RootElement.GetProperty("keys").EnumerateArray());
        Assert.Equal(("x509-svid", "EC", "P-256"), (key.GetProperty("use").GetString(), key.GetProperty("kty").GetString(), key.GetProperty("crv").GetString()));
        Assert.False(key.TryGetProperty("kid", out _));
        Assert.Single(key.GetProperty("x5c").EnumerateArray());
    }

    private static async Task StepAsync(RunningServer server, string step) =>
        Assert.Equal(HttpStatusCode.OK, (await server.AskAsync(HttpMethod.Post, $"v1/authority/{step}")).Status);

    private static async Task AssertLackingAsync(RunningServer server, string detail)
    {
        var (status, problem) = await server.AskAsync(HttpMethod.Post, "v1/authority/activate");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.StartsWith(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static async Task<X509Svid> SignAsync(RunningServer server, X509Svid node)
    {
        var request = RunningServer.RequestOf(Cart);
        return RunningServer.Complete(request, await server.SignAsync(node, Cart, request));
    }

    private static async Task<TrustBundle> BundleAsync(RunningServer server)
    {
        using var client = server.ClientOf(null);
        return TrustBundle.Parse(TestController.TrustDomain, await client.GetByteArrayAsync("v1/bundle"));
    }

    private static void AssertValid(TrustBundle bundle, X509Svid svid)
    {
        var validation = new SvidValidator(new TrustBundleSet([bundle]), TimeProvider.System).Validate(svid.Chain, svid.Id);
        Assert.True(validation.IsValid, validation.Detail);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            await Task.Delay(50, patience.Token);
        }
    }

    private static string SerialOf(CertificateAuthority authority)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(authority.Certificate.Span);
        return certificate.SerialNumber;
    }

    private static string PemOf(CertificateAuthority authority) =>
        System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", authority.Certificate.Span) + "\n";

    /// <summary>An authority of somebody else; its directory is where it keeps its keys.</summary>
    private (CertificateAuthority Root, CertificateAuthority Issuing, string Key) Make(string name)
    {
        var kept = AuthorityDirectory.Init(PathOf(name), TestController.TrustDomain);
        return (kept.Rotation.Active.Root, kept.Rotation.Active.Issuing, Path.Combine(PathOf(name), "issuing.key"));
    }

    private void Give(
        (CertificateAuthority Root, CertificateAuthority Issuing, string Key) signs, (CertificateAuthority Root, CertificateAuthority Issuing, string Key)[] trusted)
    {
        AtomicFile.Write(PathOf("issuing.key"), File.ReadAllBytes(signs.Key), AtomicFile.OwnerOnly);
        File.WriteAllText(PathOf("issuing.crt"), PemOf(signs.Issuing));
        File.WriteAllText(PathOf("roots.crt"), string.Concat(trusted.Select(authority => PemOf(authority.Root))));
    }

    private string PathOf(string name) => Path.Combine(_files.FullName, name);
}
