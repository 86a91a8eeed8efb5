using System.Net;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Options;
using NodeMesh.Resources.Loading;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>Operators come and go while the controller runs.</summary>
public sealed class OperatorReloadTests : IAsyncLifetime
{
    private static readonly Uri Status = new("v1/status", UriKind.Relative);
    private static readonly SpiffeId Bob = SpiffeId.Parse("spiffe://test.example/ns/ops/sa/bob");
    private static readonly OperatorGrant Alice = new(RunningServer.Alice, OperatorRole.Admin);
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        await _server.ApplyAsync(TestController.Mesh);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Who_is_taken_out_is_refused_on_a_connection_that_is_open_and_the_next_is_let_in()
    {
        using var alice = _server.ClientOf(_server.Issue(RunningServer.Alice));
        using var bob = _server.ClientOf(_server.Issue(Bob));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (await StatusOfAsync(alice), await StatusOfAsync(bob)));
        var log = Reload(new OperatorGrant(Bob, OperatorRole.Viewer));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (await StatusOfAsync(alice), await StatusOfAsync(bob)));
        Assert.Equal(
            [
                $"Information: {Bob} is Viewer from now on",
                $"Information: {RunningServer.Alice} is no operator any more",
                "Information: Read the settings again: operators in force are 1",
            ],
            log);
    }

    [Fact]
    public async Task Who_is_given_another_role_has_it_from_the_next_request_on()
    {
        using var alice = _server.ClientOf(_server.Issue(RunningServer.Alice));
        Assert.Equal(HttpStatusCode.NoContent, await EvictAsync(alice, "web-1"));
        Reload(Alice with { Role = OperatorRole.Operator });
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (await EvictAsync(alice, "web-2"), await StatusOfAsync(alice)));
    }

    [Fact]
    public async Task A_watch_ends_with_the_right_to_it_and_that_of_root_goes_on()
    {
        using var client = _server.ClientOf(_server.Issue(RunningServer.Alice));
        using var response = await client.GetAsync(new Uri("v1/resources?watch=true&revision=1", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var alices = new StreamReader(await response.Content.ReadAsStreamAsync());
        using var roots = await _server.StreamAsync("v1/resources?watch=true&revision=1");
        Assert.NotNull(await alices.ReadLineAsync());
        Assert.NotNull(await roots.ReadLineAsync());
        Reload();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        Assert.Null(await alices.ReadLineAsync(patience.Token));
        await _server.ApplyAsync(TestController.Workload("cart"));
        Assert.Contains("\"cart\"", await roots.ReadLineAsync(patience.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_goes_on_when_nothing_has_changed()
    {
        using var client = _server.ClientOf(_server.Issue(RunningServer.Alice));
        using var response = await client.GetAsync(new Uri("v1/resources?watch=true&revision=1", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.NotNull(await lines.ReadLineAsync());
        Assert.Equal(["Information: Read the settings again: operators in force are 1"], Reload(Alice));
        await _server.ApplyAsync(TestController.Workload("cart"));
        Assert.Contains("\"cart\"", await lines.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_that_becomes_an_operators_is_signed_for_no_workload()
    {
        await _server.ApplyAsync(TestController.Workload("cart"));
        var node = await _server.JoinAsync("web-1");
        Assert.Equal(HttpStatusCode.OK, (await SignCartAsync(node)).Status);
        Reload(Alice, new OperatorGrant(SpiffeId.Parse("spiffe://test.example/ns/shop/sa/cart"), OperatorRole.Viewer));
        Assert.Equal(HttpStatusCode.Forbidden, (await SignCartAsync(node)).Status);
        Assert.Equal(1, (await _server.GetAsync("v1/status")).GetProperty("refused").GetProperty(nameof(NodeRefusal.ForeignIdentity)).GetInt64());
    }

    [Fact]
    public async Task Wrong_settings_change_nothing()
    {
        using var alice = _server.ClientOf(_server.Issue(RunningServer.Alice));
        var log = _server.Reload(() => throw new SettingsException("nodemesh-controller.yaml:3:1: error: no such field"));
        Assert.Equal(
            ["Error: The settings are wrong and nothing of them is in force; the controller goes on with those it has, but would not start again: nodemesh-controller.yaml:3:1: error: no such field"], log);
        Assert.Equal(HttpStatusCode.OK, await StatusOfAsync(alice));
    }

    [Fact]
    public void What_waits_for_a_restart_is_said()
    {
        var log = _server.Reload(() => _server.Options with { History = 500 });
        Assert.Equal("Warning: Other settings than the operators have changed: systemctl restart nodemesh-controller applies them", log[^1]);
    }

    private IReadOnlyList<string> Reload(params OperatorGrant[] operators) => _server.Reload(() => _server.Options with { Operators = [.. operators] });

    private static async Task<HttpStatusCode> StatusOfAsync(HttpClient client)
    {
        using var response = await client.GetAsync(Status);
        return response.StatusCode;
    }

    private async Task<HttpStatusCode> EvictAsync(HttpClient client, string node)
    {
        await _server.JoinAsync(node);
        using var response = await client.PostAsync(new Uri($"v1/nodes/{node}/evict", UriKind.Relative), null);
        return response.StatusCode;
    }

    private Task<(HttpStatusCode Status, System.Text.Json.JsonElement Body)> SignCartAsync(X509Svid node) =>
        _server.SignAsync(node, "/ns/shop/sa/cart", RunningServer.RequestOf("/ns/shop/sa/cart"));
}
