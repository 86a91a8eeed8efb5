using System.Net;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Checks;

namespace NodeMesh.Cli.Tests;

/// <summary>The checks on a machine of files and scripts, against the documented answers of a daemon that is well.</summary>
public sealed class CheckTests : IAsyncLifetime, IDisposable
{
    private const string Header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    private readonly TemporaryDirectory _directory = new();
    private AdminServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await AdminServer.StartAsync();
        var status = _server["GET /v1/status"];
        status["configuration"]!.AsObject().Remove("rejected");
        status.AsObject().Remove("controller");
        status["interception"]!.AsObject().Remove("error");
        status["listeners"]!.AsArray().Add((JsonNode)new JsonObject { ["name"] = "dns", ["address"] = "127.0.0.1:15053" });
        _server["GET /v1/status"] = status;
        var certificates = _server["GET /v1/certificates"];
        certificates["problems"] = new JsonArray();
        certificates["bundles"]![0]!["authorities"]![0]!["notAfter"] = "2099-01-01T00:00:00+00:00";
        _server["GET /v1/certificates"] = certificates;

        _directory.Write("root/proc/sys/kernel/osrelease", "6.1.0-28-amd64\n");
        _directory.Write("root/proc/sys/net/netfilter/nf_conntrack_count", "100\n");
        _directory.Write("root/proc/sys/net/netfilter/nf_conntrack_max", "100000\n");
        _directory.Write("root/run/systemd/timesync/synchronized", "");
        Listen((15001, 11), (15053, 12));
        _directory.Write("root/proc/4711/comm", "nodemeshd\n");
        Directory.CreateDirectory(_directory["root/proc/4711/fd"]);
        File.CreateSymbolicLink(_directory["root/proc/4711/fd/7"], "socket:[11]");
        File.CreateSymbolicLink(_directory["root/proc/4711/fd/8"], "socket:[12]");
        _directory.WriteProgram("bin/iptables", "echo 'iptables v1.8.9 (nf_tables)'");
        _directory.WriteProgram("bin/ip6tables", "echo 'ip6tables v1.8.9 (nf_tables)'");
        Rules("echo installed", @"printf '8080\n9090\n'");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_machine_that_is_well_passes_every_check()
    {
        var run = await CheckAsync();
        Assert.Equal(
            $"""
            system
              √ the checks run as root and see everything
              √ the kernel is 6.1.0-28-amd64
              √ iptables is here, with the nft back end
              √ ip6tables is here, with the nft back end
              √ connection tracking holds 100 of 100000 connections
              √ the clock is synchronized

            daemon
              √ nodemeshd 0.1.0 answers at {_server.Socket}, up 1d
              √ it is ready, as node web-1
              √ it has the capabilities it needs

            ports
              √ port 15001 (outbound) is held by nodemeshd
              √ port 15053 (dns) is held by nodemeshd

            interception
              √ the redirection rules stand as installed
              √ the inbound ports are captured as declared: 8080, 9090

            configuration
              √ revision 3 is in force, 9 resources, loaded 23h59m ago
              √ it is what the files say

            identities
              √ 1 identity is valid, the first to expire in 12h
              √ the trust bundle of example.org has 1 authority

            names
              √ cart.shop.mesh resolves to its virtual address 240.240.0.1

            In order: 18 passed, 0 warnings, 0 failed

            """,
            run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("echo 'drifted: nat OUTPUT'; exit 4", "× the redirection rules are not as installed: drifted: nat OUTPUT")]
    [InlineData("exit 3", "× the redirection rules are not installed, so no traffic is captured")]
    [InlineData("echo 'no lock' >&2; exit 1", "× the rules cannot be looked at: no lock")]
    public async Task Rules_that_are_not_as_they_should_be_fail(string script, string line)
    {
        _directory.WriteProgram("bin/nodemesh-iptables", script);
        await FailsAsync(line);
    }

    [Theory]
    [InlineData(true, "the daemon sets them within seconds")]
    [InlineData(false, "nodemesh-iptables ports set 8080,9090")]
    public async Task A_declared_port_that_is_not_captured_fails_whoever_keeps_the_ports(bool managed, string hint)
    {
        var status = _server["GET /v1/status"];
        status["interception"]!["managePorts"] = managed;
        _server["GET /v1/status"] = status;
        Rules("echo installed", "echo 9000-9100");

        var run = await CheckAsync();

        Assert.Contains("× port 8080 is declared but not captured: plaintext reaches the application there, whatever PeerAuthentication and policies say", run.Output);
        Assert.Contains(hint, run.Output);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public async Task A_captured_port_that_is_not_declared_is_a_warning()
    {
        Rules("echo installed", "echo 8080-8081; echo 9090");

        var run = await CheckAsync();

        Assert.Contains("‼ port 8081 is captured but not declared", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("echo 'no lock' >&2; exit 1", "× the captured inbound ports cannot be looked at: no lock")]
    [InlineData("echo none", "× the captured inbound ports cannot be looked at: none")]
    public Task Ports_that_cannot_be_looked_at_fail(string script, string line)
    {
        Rules("echo installed", script);
        return FailsAsync(line);
    }

    [Fact]
    public async Task A_port_of_somebody_else_fails_and_names_the_process()
    {
        _directory.Write("root/proc/99/comm", "envoy\n");
        Directory.CreateDirectory(_directory["root/proc/99/fd"]);
        File.CreateSymbolicLink(_directory["root/proc/99/fd/3"], "socket:[77]");
        Listen((15008, 77));
        var run = await CheckAsync("--pre");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("× port 15008 (mesh) is held by envoy, pid 99", run.Output);
        Assert.Contains("√ port 15001 (outbound) is free", run.Output);
        Assert.DoesNotContain("daemon\n", run.Output);
    }

    [Fact]
    public async Task A_port_that_systemd_keeps_for_a_daemon_that_is_away_is_no_mistake()
    {
        _directory.Write("root/proc/1/comm", "systemd\n");
        Directory.CreateDirectory(_directory["root/proc/1/fd"]);
        File.CreateSymbolicLink(_directory["root/proc/1/fd/40"], "socket:[77]");
        Listen((15008, 77));

        var run = await CheckAsync("--pre");

        Assert.Contains("- port 15008 (mesh) is held by systemd, which keeps it for nodemeshd", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task A_name_that_resolves_elsewhere_fails() =>
        await FailsAsync("× cart.shop.mesh resolves to 192.0.2.9, not to its virtual address 240.240.0.1", resolved: "192.0.2.9");

    [Fact]
    public async Task A_full_connection_tracking_fails()
    {
        _directory.Write("root/proc/sys/net/netfilter/nf_conntrack_count", "95000\n");
        await FailsAsync("× connection tracking is nearly full: 95000 of 100000");
    }

    [Fact]
    public async Task Little_room_for_connections_is_a_warning()
    {
        _directory.Write("root/proc/sys/net/netfilter/nf_conntrack_max", "8192\n");

        var run = await CheckAsync();

        Assert.Contains("‼ connection tracking has room for 8192 connections only", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("exit 0", "√ firewalld lets port 15008 in", 0)]
    [InlineData("[ $1 = --state ]", "× firewalld runs and does not let port 15008 in", 1)]
    [InlineData("[ $1 != --query-port=15006/tcp ]", "‼ firewalld runs and does not let port 15006 in", 0)]
    public async Task A_firewalld_that_keeps_peers_out_is_told(string script, string line, int exitCode)
    {
        _directory.WriteProgram("bin/firewall-cmd", script);

        var run = await CheckAsync();

        Assert.Contains(line, run.Output);
        Assert.Equal(exitCode, run.ExitCode);
    }

    [Fact]
    public async Task A_firewalld_that_does_not_run_is_not_mentioned()
    {
        _directory.WriteProgram("bin/firewall-cmd", "echo 'not running'; exit 252");
        Assert.DoesNotContain("firewalld", (await CheckAsync()).Output);
    }

    [Fact]
    public async Task Redirections_of_Docker_behind_ours_are_fine()
    {
        _directory.WriteProgram("bin/iptables-save", "echo '-A OUTPUT -p tcp -j NODEMESH_OUTPUT'; echo '-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER'");

        Assert.Contains("√ other redirections stand behind ours: DOCKER", (await CheckAsync()).Output);
    }

    [Fact]
    public async Task A_redirection_before_ours_is_a_warning()
    {
        _directory.WriteProgram("bin/iptables-save", "echo '-A PREROUTING -j CNI'; echo '-A PREROUTING -j NODEMESH_INBOUND'; echo '-A OUTPUT -j NODEMESH_OUTPUT'");

        var run = await CheckAsync();

        Assert.Contains("‼ a rule stands before ours, and the daemon does not see what it takes (iptables-save): -A PREROUTING -j CNI", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("4.9.0", "× the kernel is 4.9.0, which is too old", 1)]
    [InlineData("5.4.0-150-generic", "‼ the kernel is 5.4.0-150-generic: it does not tell the cgroup of a socket", 0)]
    public async Task An_old_kernel_is_told(string release, string line, int exitCode)
    {
        _directory.Write("root/proc/sys/kernel/osrelease", release + "\n");
        var run = await CheckAsync();
        Assert.Contains(line, run.Output);
        Assert.Equal(exitCode, run.ExitCode);
    }

    [Theory]
    [InlineData("missing", "× spiffe://example.org/ns/shop/sa/cart (of shop/cart-1) has no certificate", 1)]
    [InlineData("expired", "× spiffe://example.org/ns/shop/sa/cart (of shop/cart-1) expired 1h ago", 1)]
    [InlineData("expiring", "‼ spiffe://example.org/ns/shop/sa/cart (of shop/cart-1) expires in ", 0)]
    [InlineData("not-yet-valid", "× spiffe://example.org/ns/shop/sa/cart (of shop/cart-1) is not valid before 2026-03-02 12:00:00Z", 1)]
    public async Task An_identity_that_does_not_serve_is_told(string state, string line, int exitCode)
    {
        var certificates = _server["GET /v1/certificates"];
        certificates["items"]![0]!["state"] = state;
        certificates["items"]![0]!["remainingSeconds"] = state is "expired" ? -3600 : 60;
        _server["GET /v1/certificates"] = certificates;
        var run = await CheckAsync();
        Assert.Contains(line, run.Output);
        Assert.Equal(exitCode, run.ExitCode);
    }

    [Fact]
    public async Task Rejected_files_fail_with_their_first_error()
    {
        var status = _server["GET /v1/status"];
        status["configuration"]!["rejected"] = DocumentedApi.Answer("GET /v1/status")["configuration"]!["rejected"]!.DeepClone();
        _server["GET /v1/status"] = status;
        await FailsAsync("× the files in /etc/nodemesh/resources are wrong and not in force: /etc/nodemesh/resources/shop.yaml:12:9: error: Service shop/cart: ");
    }

    [Fact]
    public async Task A_daemon_that_is_not_ready_fails_with_its_reasons()
    {
        var status = _server["GET /v1/status"];
        status["state"] = "not-ready";
        status["notReady"] = new JsonArray("no configuration is loaded");
        _server["GET /v1/status"] = status;
        await FailsAsync("× it is not-ready: no configuration is loaded");
    }

    [Fact]
    public async Task A_daemon_that_does_not_run_fails_and_the_rest_is_still_checked()
    {
        var run = await Ctl.RunAsync(["check", "--socket", _directory["none.sock"]], machine: MakeMachine("240.240.0.1"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("× there is no socket", run.Output);
        Assert.Contains("√ the redirection rules stand as installed", run.Output);
        Assert.EndsWith("1 failed\n", run.Output);
    }

    [Fact]
    public async Task Scripts_get_each_check_as_JSON()
    {
        _directory.WriteProgram("bin/nodemesh-iptables", "exit 3");
        var report = JsonNode.Parse((await CheckAsync("-o", "json")).Output)!;
        Assert.False((bool?)report["ok"]);
        Assert.Equal(1, (int?)report["failed"]);
        var failed = report["checks"]!.AsArray().Single(check => (string?)check!["result"] == "failed")!;
        Assert.Equal("interception", (string?)failed["group"]);
        Assert.Contains("nodemesh-iptables up", (string?)failed["hint"]);
    }

    private async Task FailsAsync(string line, string resolved = "240.240.0.1")
    {
        var run = await Ctl.RunAsync(["check", "--socket", _server.Socket], machine: MakeMachine(resolved));
        Assert.Contains(line, run.Output);
        Assert.EndsWith("1 failed\n", run.Output);
        Assert.Equal(1, run.ExitCode);
    }

    private Task<CtlRun> CheckAsync(params string[] arguments) =>
        Ctl.RunAsync(["check", "--socket", _server.Socket, .. arguments], machine: MakeMachine("240.240.0.1"));

    private Machine MakeMachine(string resolved) => new()
    {
        Root = _directory["root"],
        ProgramDirectories = [_directory["bin"]],
        IsRoot = true,
        Resolve = (_, _) => Task.FromResult(new[] { IPAddress.Parse(resolved) }),
    };

    private void Rules(string status, string ports) =>
        _directory.WriteProgram("bin/nodemesh-iptables", $"case $1 in status) {status} ;; ports) {ports} ;; esac");

    private void Listen(params (int Port, int Inode)[] sockets) => _directory.Write(
        "root/proc/net/tcp",
        Header + string.Concat(sockets.Select(socket =>
            $"   0: 0100007F:{socket.Port:X4} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 {socket.Inode} 1 0000000000000000 100 0 0 10 0\n")));
}
