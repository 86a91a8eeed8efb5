using System.Globalization;
using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Interception;

/// <summary>What nodemesh-iptables does to a machine's rule set, and what it says about it.</summary>
public class RuleSetTests
{
    private const int Absent = 3;
    private const int Drifted = 4;
    private const int Usage = 2;

    public static TheoryData<string> BackEndNames => BackEnds.All;

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Up_twice_and_down_leaves_the_rules_of_others_as_they_were(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await AddForeignRulesAsync(net);
        var before = await BackEnds.SaveAsync(net.A, backEnd);

        await net.RulesAsync("up", "--redirect-dns", "--include-users", "2001", "--inbound-ports", "8080");
        await net.RulesAsync("up", "--exclude-cidrs", "192.0.2.0/24,2001:db8::/32");
        var once = await BackEnds.SaveAsync(net.A, backEnd);
        await net.RulesAsync("up", "--exclude-cidrs", "192.0.2.0/24,2001:db8::/32");
        Assert.Equal(once, await BackEnds.SaveAsync(net.A, backEnd));
        Assert.Equal(2, Count(once, "-A OUTPUT -p tcp -j NODEMESH_OUTPUT\n"));
        Assert.Equal(2, Count(once, "-A PREROUTING -p tcp -j NODEMESH_INBOUND\n"));
        Assert.DoesNotContain("NODEMESH_ONLY_USERS", once, StringComparison.Ordinal);
        Assert.DoesNotContain("NODEMESH_DNS_ZONE", once, StringComparison.Ordinal);

        await net.RulesAsync("down");
        Assert.Equal(before, await BackEnds.SaveAsync(net.A, backEnd));
        await net.RulesAsync("down");
        Assert.Equal(before, await BackEnds.SaveAsync(net.A, backEnd));
    }

    [Fact]
    public async Task Tables_that_were_not_there_before_go_again_with_the_nft_back_end()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        Assert.Equal("IPv4\nIPv6\n", await BackEnds.SaveAsync(net.A, "nft"));

        await net.RulesAsync("up", "--redirect-dns");
        await net.RulesAsync("down");

        Assert.Equal("IPv4\nIPv6\n", await BackEnds.SaveAsync(net.A, "nft"));
    }

    [Fact]
    public async Task A_table_that_others_began_to_use_meanwhile_stays()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        await net.RulesAsync("up");
        await net.A.OutputOfAsync("iptables-nft", "-t", "nat", "-A", "POSTROUTING", "-d", "192.0.2.9", "-j", "ACCEPT");

        var result = await net.TryRulesAsync("down");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("others use it now", result.Error, StringComparison.Ordinal);
        Assert.Contains("-A POSTROUTING -d 192.0.2.9/32 -j ACCEPT\n", await BackEnds.SaveAsync(net.A, "nft"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Plan_changes_nothing_and_shows_what_up_installs(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);

        var plan = await net.RulesAsync("plan", "--inbound-ports", "8080");
        Assert.Equal("IPv4\nIPv6\n", await BackEnds.SaveAsync(net.A, backEnd));
        Assert.False(Directory.Exists(net.A.PathOf("/run/nodemesh/iptables")));

        await net.RulesAsync("up", "--inbound-ports", "8080");
        var installed = await BackEnds.SaveAsync(net.A, backEnd);
        Assert.All(
            plan.Split('\n').Where(line => line.StartsWith("-A NODEMESH", StringComparison.Ordinal)),
            line => Assert.Contains(line + "\n", installed, StringComparison.Ordinal));
        Assert.Equal(2, Count(plan, "*nat\n"));
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Status_tells_absent_installed_and_drifted_apart(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        Assert.Equal(Absent, (await net.TryRulesAsync("status")).ExitCode);

        await net.RulesAsync("up", "--inbound-ports", "8080");
        Assert.Contains("installed: ipv4 ipv6", await net.RulesAsync("status"), StringComparison.Ordinal);
        await net.RulesAsync("ports", "set", "9090");
        Assert.Contains("inbound ports: 9090", await net.RulesAsync("status"), StringComparison.Ordinal);

        string[] drifts =
        [
            $"iptables-{backEnd} -t nat -F", $"ip6tables-{backEnd} -t nat -D OUTPUT 1", $"iptables-{backEnd} -t nat -F NODEMESH_INBOUND_PORTS",
            $"iptables-{backEnd} -t nat -A PREROUTING -j NODEMESH_INBOUND", $"ip6tables-{backEnd} -t nat -D NODEMESH_OUTPUT 2",
        ];
        string[] reports =
        [
            "ipv4 nat: missing: -A OUTPUT -p tcp -j NODEMESH_OUTPUT", "ipv6 nat: missing: -A OUTPUT -p tcp -j NODEMESH_OUTPUT",
            "ipv4 nat: inbound ports are 'none', declared are '9090'", "ipv4 nat: unexpected: -A PREROUTING -j NODEMESH_INBOUND",
            "ipv6 nat: missing: -A NODEMESH_OUTPUT ! -p tcp -j RETURN",
        ];
        foreach (var (drift, report) in drifts.Zip(reports))
        {
            await net.A.OutputOfAsync("sh", "-c", drift);
            var status = await net.TryRulesAsync("status");
            Assert.Equal(Drifted, status.ExitCode);
            Assert.Contains(report, status.Output, StringComparison.Ordinal);

            await net.RulesAsync("up");
            Assert.Contains("inbound ports: 9090", await net.RulesAsync("status"), StringComparison.Ordinal);
        }

        await net.RulesAsync("down");
        Assert.Equal(Absent, (await net.TryRulesAsync("status")).ExitCode);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Rules_whose_record_is_lost_are_seen_and_can_be_removed(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await AddForeignRulesAsync(net);
        var before = await BackEnds.SaveAsync(net.A, backEnd);
        await net.RulesAsync("up");
        Directory.Delete(net.A.PathOf("/run/nodemesh/iptables"), recursive: true);

        Assert.Equal(Drifted, (await net.TryRulesAsync("status")).ExitCode);
        await net.RulesAsync("down");

        Assert.Equal(before, await BackEnds.SaveAsync(net.A, backEnd));
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task An_up_that_the_kernel_side_refuses_leaves_the_former_rules(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await AddForeignRulesAsync(net);
        await net.RulesAsync("up", "--exclude-ports", "443", "--inbound-ports", "8080");
        var before = await BackEnds.SaveAsync(net.A, backEnd);

        var refused = await net.TryRulesAsync("up", "--exclude-cidrs", "ffff::1::1/64", "--inbound-ports", "9090");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("nothing was changed", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, await BackEnds.SaveAsync(net.A, backEnd));
        Assert.Equal(0, (await net.TryRulesAsync("status")).ExitCode);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Many_at_once_leave_one_jump(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => i % 2 == 0 ? net.RulesAsync("up") : net.RulesAsync("up", "--redirect-dns")));

        await net.RulesAsync("up");
        Assert.Equal(2, Count(await BackEnds.SaveAsync(net.A, backEnd), "-j NODEMESH_OUTPUT\n"));
        Assert.Equal(0, (await net.TryRulesAsync("status")).ExitCode);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task The_back_end_that_holds_rules_already_is_used(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await AddForeignRulesAsync(net);

        var up = await net.RulesAsync("up", "--backend", "auto");

        Assert.Contains($"back end {backEnd} (it holds 4 rules", up, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changing_the_back_end_moves_the_rules()
    {
        await using var net = await InterceptedMachine.CreateAsync("auto");
        await net.RulesAsync("up", "--backend", "nft", "--inbound-ports", "8080");

        await net.RulesAsync("up", "--backend", "legacy");

        Assert.Equal("IPv4\nIPv6\n", await BackEnds.SaveAsync(net.A, "nft"));
        Assert.Contains("back end legacy; inbound ports: 8080", await net.RulesAsync("status"), StringComparison.Ordinal);
        await net.RulesAsync("down");
        Assert.DoesNotContain("NODEMESH", await BackEnds.SaveAsync(net.A, "legacy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_come_from_a_file_and_flags_win()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        await net.A.WriteFileAsync(
            "/etc/nodemesh/iptables.conf",
            "# settings\nOUTBOUND_PORT = 16001\nexclude-cidrs=\"192.0.2.0/24, 198.51.100.7\"\nREDIRECT_DNS=yes\n");

        var plan = await net.RulesAsync("plan", "--config", "/etc/nodemesh/iptables.conf", "--redirect-dns=no");

        Assert.Contains("-j REDIRECT --to-ports 16001", plan, StringComparison.Ordinal);
        Assert.Contains("-d 198.51.100.7/32", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("15053 -j", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("--dport 53", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("port 22 is SSH and is never captured", "up", "--inbound-ports", "8080,20-30")]
    [InlineData("port 15008 belongs to nodemeshd itself", "up", "--inbound-ports", "15008")]
    [InlineData("port 2222 is kept free for SSH or the controller", "up", "--ssh-ports", "2222", "--inbound-ports", "2222")]
    [InlineData("'70000' is not a port", "plan", "--exclude-ports", "70000")]
    [InlineData("'090' is not a port", "plan", "--exclude-ports", "090")]
    [InlineData("no user 'nosuch' on this machine", "plan", "--exclude-users", "nosuch")]
    [InlineData("'10.0.0.256/8': 256 is not a byte", "plan", "--exclude-cidrs", "10.0.0.256/8")]
    [InlineData("the prefix length must be 0 to 32", "plan", "--exclude-cidrs", "10.0.0.0/33")]
    [InlineData("every root process would bypass the mesh", "up", "--daemon-user", "root")]
    [InlineData("the value has bits outside the mask", "up", "--mark", "0x300/0x100")]
    [InlineData("unknown option --bogus", "up", "--bogus")]
    [InlineData("--exclude-ports wants a value", "up", "--exclude-ports")]
    [InlineData("unknown command 'upp'", "upp")]
    [InlineData("--mark belongs to plan and up", "down", "--mark", "1")]
    [InlineData("say 'ports set 8080,9090'", "ports", "list", "more")]
    public async Task Bad_settings_are_refused_with_what_would_be_right(string message, params string[] arguments)
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");
        if (arguments[0] is "ports")
        {
            (await a.RunAsync("nodemesh-iptables", "up")).EnsureSuccess();
        }

        var result = await a.RunAsync("nodemesh-iptables", arguments);

        Assert.Equal(Usage, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    [Theory]
    [InlineData("OUTBOUND_PORT=1\nOUTBOUND_PORT=2\n", "line 2: 'outbound-port' stands here a second time (first in line 1)")]
    [InlineData("\nOUTBUOND_PORT=1\n", "line 2: unknown key 'outbuond-port'")]
    [InlineData("just words\n", "line 1: 'just words' is not KEY=VALUE")]
    [InlineData("MARK=$(id)\n", "line 1: mark: '$(id)' is not VALUE or VALUE/MASK")]
    public async Task A_bad_settings_file_is_refused_with_its_line(string content, string message)
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");
        await a.WriteFileAsync("/etc/nodemesh/iptables.conf", content);

        var result = await a.RunAsync("nodemesh-iptables", "plan", "--config", "/etc/nodemesh/iptables.conf");

        Assert.Equal(Usage, result.ExitCode);
        Assert.Contains("/etc/nodemesh/iptables.conf " + message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_22_cannot_be_declared()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        await net.RulesAsync("up", "--inbound-ports", "8080");

        var result = await net.TryRulesAsync("ports", "set", "22,80");

        Assert.Equal(Usage, result.ExitCode);
        Assert.Contains("port 22 is SSH and is never captured", result.Error, StringComparison.Ordinal);
        Assert.Equal("8080\n", await net.RulesAsync("ports", "list"));
    }

    [Fact]
    public async Task Ports_cannot_be_set_before_the_rules_are_there()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");

        var result = await net.TryRulesAsync("ports", "set", "80");

        Assert.Equal(Absent, result.ExitCode);
        Assert.Contains("run 'nodemesh-iptables up' first", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_without_privileges_may_plan_and_nothing_else()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");

        Assert.Contains("*nat\n", (await net.TryRulesAsync(CommandOptions.As(2001), "plan")).EnsureSuccess().Output, StringComparison.Ordinal);
        var up = await net.TryRulesAsync(CommandOptions.As(2001), "up");

        Assert.Equal(1, up.ExitCode);
        Assert.Contains("run it as root, or with CAP_NET_ADMIN", up.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_daemons_user_keeps_the_ports_current_with_a_capability_alone()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        net.A.AddUser("nodemesh", 2006);
        var daemon = new CommandOptions { Uid = 2006, AmbientCapabilities = ["net_admin"] };
        await net.RulesAsync("up", "--daemon-user", "nodemesh");

        (await net.TryRulesAsync(daemon, "ports", "set", "8080,9090")).EnsureSuccess();

        Assert.Contains("inbound ports: 8080 9090", (await net.TryRulesAsync(daemon, "status")).EnsureSuccess().Output, StringComparison.Ordinal);
        Assert.StartsWith("mesh port=15006", await net.ConnectFromOutsideAsync(net.A.IPv4, 9090), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_directory_that_others_can_write_is_not_trusted()
    {
        await using var net = await InterceptedMachine.CreateAsync("nft");
        await net.A.OutputOfAsync("install", "-d", "-o", "2006", "/run/nodemesh/iptables");

        var up = await net.TryRulesAsync("up");

        Assert.Equal(1, up.ExitCode);
        Assert.Contains("must belong to root", up.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_command_with_examples()
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");

        var help = await a.OutputOfAsync("nodemesh-iptables", "--help");

        Assert.All(
            new[] { "plan", "up", "confirm", "down", "status", "ports set", "Examples:" },
            word => Assert.Contains(word, help, StringComparison.Ordinal));
    }

    private static async Task AddForeignRulesAsync(InterceptedMachine net)
    {
        foreach (var iptables in new[] { $"iptables-{net.BackEnd}", $"ip6tables-{net.BackEnd}" })
        {
            await net.A.OutputOfAsync(
                "sh",
                "-c",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    set -e
                    {iptables} -t nat -N FOREIGN
                    {iptables} -t nat -A OUTPUT -p tcp --dport 7777 -m comment --comment "somebody else's" -j FOREIGN
                    {iptables} -t nat -A PREROUTING -p tcp --dport 7778 -j REDIRECT --to-ports 7779
                    {iptables} -t raw -N NODEX
                    """));
        }
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
