namespace NodeMesh.EndToEnd.Tests.Interception;

/// <summary>up --confirm-within: rules that lock the operator out go again by themselves.</summary>
public class ConfirmationTests
{
    private const int Absent = 3;

    public static TheoryData<string> BackEndNames => BackEnds.All;

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Unconfirmed_rules_go_again_after_the_shell_is_gone(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);

        var up = await net.RulesAsync("up", "--confirm-within", "8");
        Assert.Contains("nodemesh-iptables confirm", up, StringComparison.Ordinal);
        Assert.Contains("unconfirmed", await net.RulesAsync("status"), StringComparison.Ordinal);

        await Harness.Until.TrueAsync(async () => (await net.TryRulesAsync("status")).ExitCode == Absent, "the rules to go");
        Assert.DoesNotContain("NODEMESH", await BackEnds.SaveAsync(net.A, backEnd), StringComparison.Ordinal);
        Assert.StartsWith("b port=80", await net.ConnectAsync(net.B.IPv4, 80), StringComparison.Ordinal);

        var late = await net.TryRulesAsync("confirm");
        Assert.Equal(1, late.ExitCode);
        Assert.Contains("nothing waits for it", late.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Confirmed_rules_stay_and_nothing_waits_any_more()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        await net.RulesAsync("up", "--confirm-within", "600");

        await net.RulesAsync("confirm");

        Assert.DoesNotContain("unconfirmed", await net.RulesAsync("status"), StringComparison.Ordinal);
        Assert.Equal(1, (await net.A.RunAsync("pgrep", "-f", "expire|sleep 600")).ExitCode);
    }

    [Fact]
    public async Task Down_ends_the_waiting_too()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        await net.RulesAsync("up", "--confirm-within", "600");

        await net.RulesAsync("down");

        Assert.Equal(Absent, (await net.TryRulesAsync("status")).ExitCode);
        Assert.Equal(1, (await net.A.RunAsync("pgrep", "-f", "expire|sleep 600")).ExitCode);
    }

    [Fact]
    public async Task A_plain_up_does_not_confirm_behind_the_operators_back()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        await net.RulesAsync("up", "--confirm-within", "8");

        var repaired = await net.TryRulesAsync("up");

        Assert.Contains("an earlier --confirm-within still runs", repaired.EnsureSuccess().Error, StringComparison.Ordinal);
        await Harness.Until.TrueAsync(async () => (await net.TryRulesAsync("status")).ExitCode == Absent, "the rules to go");
    }

    [Fact]
    public async Task A_later_deadline_replaces_the_former()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        await net.RulesAsync("up", "--confirm-within", "1");
        await net.RulesAsync("up", "--confirm-within", "600");

        // The process of the former deadline is gone, so nothing is left that could act on it.
        var waiting = await net.A.OutputOfAsync("pgrep", "-fc", "sleep [0-9]+$");

        Assert.Equal("1\n", waiting);
        Assert.Equal(0, (await net.TryRulesAsync("status")).ExitCode);
    }
}
