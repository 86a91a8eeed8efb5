namespace NodeMesh.EndToEnd.Tests.Interception;

/// <summary>Which connections the rules of nodemesh-iptables take, seen from the applications.</summary>
public class CapturedTrafficTests
{
    public static TheoryData<string> BackEndNames => BackEnds.All;

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Outbound_connections_reach_the_daemon_with_their_original_destination(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync("up");

        Assert.StartsWith($"mesh port=15001 original={net.B.IPv4}:80", await net.ConnectAsync(net.B.IPv4, 80), StringComparison.Ordinal);
        Assert.StartsWith($"mesh port=15001 original=[{net.B.IPv6}]:80", await net.ConnectAsync(net.B.IPv6, 80), StringComparison.Ordinal);

        await net.RulesAsync("down");
        Assert.StartsWith("b port=80", await net.ConnectAsync(net.B.IPv4, 80), StringComparison.Ordinal);
        Assert.StartsWith("b port=80", await net.ConnectAsync(net.B.IPv6, 80), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Virtual_addresses_that_no_machine_has_are_captured(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync("up");

        Assert.Contains("original=240.240.0.1:80 ", await net.ConnectAsync("240.240.0.1", 80), StringComparison.Ordinal);
        Assert.Contains("original=[fd00:240::1]:80 ", await net.ConnectAsync("fd00:240::1", 80), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Sockets_with_the_daemons_mark_are_left_alone(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync("up");

        Assert.StartsWith("b port=80", await net.ConnectMarkedAsync(net.B.IPv4, 80), StringComparison.Ordinal);
        Assert.StartsWith("b port=80", await net.ConnectMarkedAsync(net.B.IPv6, 80), StringComparison.Ordinal);
        Assert.StartsWith("mesh port=15001", await net.ConnectMarkedAsync(net.B.IPv4, 80, "0x1"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task A_mark_with_a_mask_leaves_the_other_bits_to_others(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync("up", "--mark", "0x100/0x100");

        Assert.StartsWith("b port=80", await net.ConnectMarkedAsync(net.B.IPv4, 80, "0x8103"), StringComparison.Ordinal);
        Assert.StartsWith("mesh port=15001", await net.ConnectMarkedAsync(net.B.IPv4, 80, "0x8003"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Root_is_captured_and_only_excluded_users_are_not(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        net.A.AddUser("archiver", 2005);
        net.A.AddUser("nodemesh", 2006);
        await net.RulesAsync("up", "--exclude-users", "archiver,3000-3009", "--daemon-user", "nodemesh");

        Assert.StartsWith("mesh", await net.ConnectAsync(net.B.IPv4, 80, uid: 0), StringComparison.Ordinal);
        Assert.StartsWith("mesh", await net.ConnectAsync(net.B.IPv4, 80, uid: 3010), StringComparison.Ordinal);
        foreach (var uid in new uint[] { 2005, 2006, 3000, 3009 })
        {
            Assert.StartsWith("b port=80", await net.ConnectAsync(net.B.IPv6, 80, uid), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Ssh_and_the_controller_are_never_captured(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync("up", "--include-loopback", "--ssh-ports", "9090");

        foreach (var port in new[] { 22, 9090, 15010 })
        {
            Assert.StartsWith($"b port={port}", await net.ConnectAsync(net.B.IPv4, port), StringComparison.Ordinal);
            Assert.StartsWith($"b port={port}", await net.ConnectAsync(net.B.IPv6, port), StringComparison.Ordinal);
        }

        Assert.StartsWith("a port=22", await net.ConnectAsync("127.0.0.1", 22), StringComparison.Ordinal);
        Assert.StartsWith("a port=22", await net.ConnectFromOutsideAsync(net.A.IPv4, 22), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Loopback_is_captured_only_when_asked_for_but_own_addresses_always(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync("up");
        Assert.StartsWith("a port=80", await net.ConnectAsync("127.0.0.1", 80), StringComparison.Ordinal);
        Assert.StartsWith("a port=80", await net.ConnectAsync("::1", 80), StringComparison.Ordinal);
        Assert.Contains($"original={net.A.IPv4}:80 ", await net.ConnectAsync(net.A.IPv4, 80), StringComparison.Ordinal);
        Assert.Contains($"original=[{net.A.IPv6}]:80 ", await net.ConnectAsync(net.A.IPv6, 80), StringComparison.Ordinal);

        await net.RulesAsync("up", "--include-loopback");
        Assert.StartsWith("mesh port=15001 original=127.0.0.1:80 ", await net.ConnectAsync("127.0.0.1", 80), StringComparison.Ordinal);
        Assert.StartsWith("mesh port=15001 original=[::1]:80 ", await net.ConnectAsync("::1", 80), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task The_daemons_own_listeners_on_this_machine_are_reached_directly(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync("up", "--include-loopback");

        Assert.StartsWith("mesh port=15020", await net.ConnectAsync(net.A.IPv4, 15020), StringComparison.Ordinal);
        Assert.StartsWith("mesh port=15020", await net.ConnectAsync("::1", 15020), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Excluded_ports_and_networks_are_left_alone(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync("up", "--exclude-ports", "9000-9100", "--exclude-cidrs", $"{net.B.IPv6}/128,192.0.2.0/24");

        Assert.StartsWith("b port=9090", await net.ConnectAsync(net.B.IPv4, 9090), StringComparison.Ordinal);
        Assert.StartsWith("b port=80", await net.ConnectAsync(net.B.IPv6, 80), StringComparison.Ordinal);
        Assert.StartsWith("mesh port=15001", await net.ConnectAsync(net.B.IPv4, 80), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Includes_narrow_the_capture_to_what_satisfies_them_all(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync(
            "up", "--include-users", "2001-2003", "--include-ports", "80,8000-8100", "--include-cidrs", $"{net.B.IPv4}/32");

        Assert.StartsWith("mesh port=15001", await net.ConnectAsync(net.B.IPv4, 80), StringComparison.Ordinal);
        Assert.StartsWith("mesh port=15001", await net.ConnectAsync(net.B.IPv4, 8080), StringComparison.Ordinal);
        Assert.StartsWith("b port=80", await net.ConnectAsync(net.B.IPv4, 80, uid: 2004), StringComparison.Ordinal);
        Assert.StartsWith("b port=9090", await net.ConnectAsync(net.B.IPv4, 9090), StringComparison.Ordinal);
        Assert.StartsWith("b port=80", await net.ConnectAsync(net.B.IPv6, 80), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task A_connection_that_is_open_when_the_rules_come_goes_on(string backEnd)
    {
        // No conntrack runs on a fresh machine, so to it the next packet of these connections is the first.
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await using var outbound = net.A.StartPeer("line_client.py", $"{net.B.IPv4}", "80");
        await using var inbound = net.B.StartPeer("line_client.py", $"{net.A.IPv6}", "8080");
        Assert.StartsWith("b port=80", await outbound.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("a port=8080", await inbound.ReadLineAsync(), StringComparison.Ordinal);

        await net.RulesAsync("up", "--inbound-ports", "8080");

        await outbound.WriteLineAsync("still there?");
        await inbound.WriteLineAsync("and here?");
        Assert.Equal("still there?", await outbound.ReadLineAsync());
        Assert.Equal("and here?", await inbound.ReadLineAsync());
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task A_captured_connection_outlives_changes_of_the_rules_and_their_removal_beside_other_nat_rules(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.A.OutputOfAsync($"iptables-{backEnd}", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "7", "-j", "REDIRECT");
        await net.RulesAsync("up");
        await using var captured = net.A.StartPeer("line_client.py", $"{net.B.IPv4}", "80");
        Assert.StartsWith("mesh port=15001", await captured.ReadLineAsync(), StringComparison.Ordinal);

        string[][] changes = [["up"], ["up", "--exclude-ports", "80"], ["ports", "set", "8080"], ["down"]];
        foreach (var change in changes)
        {
            await net.RulesAsync(change);
            await captured.WriteLineAsync($"after {change[0]}");
            Assert.Equal($"after {change[0]}", await captured.ReadLineAsync());
        }
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Inbound_connections_are_captured_on_declared_ports_only(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.RulesAsync("up");
        Assert.StartsWith("a port=8080", await net.ConnectFromOutsideAsync(net.A.IPv4, 8080), StringComparison.Ordinal);

        await net.RulesAsync("ports", "set", "8080,9090");
        Assert.StartsWith(
            $"mesh port=15006 original={net.A.IPv4}:8080", await net.ConnectFromOutsideAsync(net.A.IPv4, 8080), StringComparison.Ordinal);
        Assert.StartsWith(
            $"mesh port=15006 original=[{net.A.IPv6}]:9090", await net.ConnectFromOutsideAsync(net.A.IPv6, 9090), StringComparison.Ordinal);
        Assert.StartsWith("a port=80 ", await net.ConnectFromOutsideAsync(net.A.IPv4, 80), StringComparison.Ordinal);

        await net.RulesAsync("ports", "set", "80");
        Assert.StartsWith("a port=8080", await net.ConnectFromOutsideAsync(net.A.IPv6, 8080), StringComparison.Ordinal);
        Assert.StartsWith("mesh port=15006", await net.ConnectFromOutsideAsync(net.A.IPv6, 80), StringComparison.Ordinal);

        await net.RulesAsync("ports", "set", "");
        Assert.StartsWith("a port=80 ", await net.ConnectFromOutsideAsync(net.A.IPv4, 80), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task What_the_machine_forwards_for_others_is_not_captured(string backEnd)
    {
        await using var net = await InterceptedMachine.CreateAsync(backEnd);
        var c = await net.Network.AddMachineAsync("c");
        await using var server = c.StartPeer("line_server.py", "c", "8080");
        await server.WaitForListenerAsync(8080);
        await c.OutputOfAsync("ip", "addr", "add", "10.99.0.1/32", "dev", "eth0");
        await net.A.OutputOfAsync("sysctl", "-w", "net.ipv4.ip_forward=1");
        await net.A.OutputOfAsync("ip", "route", "add", "10.99.0.1", "via", $"{c.IPv4}");
        await net.B.OutputOfAsync("ip", "route", "add", "10.99.0.1", "via", $"{net.A.IPv4}");

        await net.RulesAsync("up", "--inbound-ports", "8080");

        Assert.StartsWith("c port=8080", await net.ConnectFromOutsideAsync("10.99.0.1", 8080), StringComparison.Ordinal);
        Assert.StartsWith("mesh port=15006", await net.ConnectFromOutsideAsync(net.A.IPv4, 8080), StringComparison.Ordinal);
    }
}
