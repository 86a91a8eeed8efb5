using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Policy;

/// <summary>AuthorizationPolicy as callers feel it, on another machine and on their own.</summary>
public class AuthorizationTests(PolicyMesh mesh) : IClassFixture<PolicyMesh>
{
    private const string OnlyWeb = "{ action: ALLOW, rules: [{ from: [{ source: { serviceAccounts: [web] } }] }] }";
    private const string NotGuest = "{ action: DENY, rules: [{ from: [{ source: { principals: [spiffe://test.example/ns/default/sa/guest] } }] }] }";

    public static TheoryData<string> Destinations => [LineServer.Vip4, LineServer.Vip6, PolicyMesh.LocalVip4];

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task ALLOW_lets_in_whom_it_names_and_nobody_else(string destination)
    {
        await mesh.SetAsync(PolicyMesh.Policy("only-web", OnlyWeb));
        await AssertAllowedAsync(PolicyMesh.Web, destination);
        await AssertRefusedAsync(PolicyMesh.Guest, destination, "denied-by-policy");
    }

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task DENY_refuses_whom_it_names_and_nobody_else(string destination)
    {
        await mesh.SetAsync(PolicyMesh.Policy("not-guest", NotGuest));
        await AssertAllowedAsync(PolicyMesh.Web, destination);
        var refused = await AssertRefusedAsync(PolicyMesh.Guest, destination, "denied-by-policy");
        Assert.Equal("default/not-guest[0]", refused.Policy);
    }

    [Fact]
    public async Task DENY_wins_over_ALLOW()
    {
        await mesh.SetAsync(PolicyMesh.Policy("everybody", "{ action: ALLOW, rules: [{}] }") + PolicyMesh.Policy("not-guest", NotGuest));
        await AssertAllowedAsync(PolicyMesh.Web, LineServer.Vip4);
        await AssertRefusedAsync(PolicyMesh.Guest, LineServer.Vip4, "denied-by-policy");
    }

    [Fact]
    public async Task An_empty_policy_lets_nobody_in_and_its_removal_everybody()
    {
        await mesh.SetAsync(PolicyMesh.Policy("nobody", "{}"));
        await AssertRefusedAsync(PolicyMesh.Web, LineServer.Vip4, "denied-by-policy");
        await mesh.SetAsync("");
        await AssertAllowedAsync(PolicyMesh.Web, LineServer.Vip4);
        await AssertAllowedAsync(PolicyMesh.Guest, LineServer.Vip4);
    }

    [Fact]
    public async Task A_rule_with_an_HTTP_field_lets_no_TCP_connection_in_and_refuses_all_when_it_denies()
    {
        await mesh.SetAsync(PolicyMesh.Policy("get", "{ action: ALLOW, rules: [{ to: [{ operation: { methods: [GET] } }] }] }"));
        await AssertRefusedAsync(PolicyMesh.Web, LineServer.Vip4, "denied-by-policy");
        await mesh.SetAsync(PolicyMesh.Policy("get", "{ action: DENY, rules: [{ to: [{ operation: { methods: [GET] } }] }] }"));
        await AssertRefusedAsync(PolicyMesh.Web, LineServer.Vip4, "denied-by-policy");
    }

    [Fact]
    public async Task A_dry_run_is_counted_and_decides_nothing()
    {
        await mesh.SetAsync(PolicyMesh.Policy("not-guest", NotGuest.Replace("{ action: DENY", "{ action: DENY, dryRun: true", StringComparison.Ordinal)));
        var before = await mesh.B.ScrapeAsync();
        await AssertAllowedAsync(PolicyMesh.Guest, LineServer.Vip4);
        var after = await mesh.B.ScrapeAsync();
        Assert.True(
            after.Sum("nodemesh_authorization_decisions_total", "mode=\"dry-run\"") > before.Sum("nodemesh_authorization_decisions_total", "mode=\"dry-run\""),
            after.Text);
    }

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task A_change_of_policy_cuts_the_live_connections_it_refuses_and_no_other(string destination)
    {
        await mesh.SetAsync("");
        await using var web = await LineServer.ConnectAsync(mesh.A.Machine, PolicyMesh.Web, destination);
        await using var guest = await LineServer.ConnectAsync(mesh.A.Machine, PolicyMesh.Guest, destination);
        await LineServer.AssertLivesAsync(web);
        await LineServer.AssertLivesAsync(guest);
        var judge = destination == PolicyMesh.LocalVip4 ? mesh.A : mesh.B;
        var lines = judge.ReadAccessLog().Count;

        await mesh.SetAsync(PolicyMesh.Policy("only-web", OnlyWeb));

        var cut = await judge.WaitForRefusalAsync("revoked-by-policy", since: lines);
        Assert.Equal("spiffe://test.example/ns/default/sa/guest", cut.SourcePrincipal);
        await guest.WriteLineAsync("still there?");
        Assert.NotEqual("still there?", await guest.ReadLineAsync());
        await LineServer.AssertLivesAsync(web);
        await AssertRefusedAsync(PolicyMesh.Guest, destination, "denied-by-policy");
    }

    private async Task AssertAllowedAsync(CommandOptions caller, string destination) =>
        Assert.StartsWith("server ", await LineServer.CallAsync(mesh.A.Machine, caller, destination), StringComparison.Ordinal);

    private async Task<AccessLogLine> AssertRefusedAsync(CommandOptions caller, string destination, string refusal)
    {
        var judge = destination == PolicyMesh.LocalVip4 ? mesh.A : mesh.B;
        var lines = judge.ReadAccessLog().Count;
        var answer = await LineServer.CallAsync(mesh.A.Machine, caller, destination);
        Assert.DoesNotContain("server", answer, StringComparison.Ordinal);
        return await judge.WaitForRefusalAsync(refusal, lines);
    }
}
