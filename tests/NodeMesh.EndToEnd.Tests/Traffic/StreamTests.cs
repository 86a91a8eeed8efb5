using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Traffic;

/// <summary>What an application's TCP connection does must be seen at the other end of the mesh as if there were none.</summary>
public class StreamTests(TrafficMesh mesh) : IClassFixture<TrafficMesh>
{
    public static TheoryData<string> Vips => TrafficMesh.Vips;

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task A_caller_that_ends_its_direction_still_gets_the_answer(string vip)
    {
        var lines = await mesh.CallAsync(vip, 7002, "send:100000");
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("100000 ", lines[0], StringComparison.Ordinal);
        Assert.Equal("end", lines[1]);
    }

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task A_server_that_ends_its_direction_still_hears_the_caller(string vip)
    {
        var seen = mesh.Server.Output.Length;
        Assert.Equal(["bye", "end"], await mesh.CallAsync(vip, 7003, "afterwards", input: "one\ntwo\nthree"));
        await Until.TrueAsync(() => mesh.Server.Output[seen..].Contains("7003 end 14 ", StringComparison.Ordinal), "the server to have heard 14 bytes");
    }

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task A_server_may_speak_first(string vip)
    {
        var result = await mesh.A.Machine.RunAsync(CommandOptions.As(TrafficMesh.CallerUid), "python3", "/run/peers/line_client.py", vip, "7007", "--once");
        Assert.StartsWith("server port=7007", result.EnsureSuccess().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TrafficMesh.Vip4, 1)]
    [InlineData(TrafficMesh.Vip4, 16384)]
    [InlineData(TrafficMesh.Vip4, 16385)]
    [InlineData(TrafficMesh.Vip6, 5_000_000)]
    public async Task Messages_of_any_size_come_back_as_they_went(string vip, int size)
    {
        var lines = await mesh.CallAsync(vip, 7001, $"exchange:{size}");
        Assert.StartsWith($"{size} ", lines[0], StringComparison.Ordinal);
        Assert.Equal(lines[0], lines[1]);
        Assert.Equal("end", lines[2]);
    }

    [Fact]
    public async Task A_connection_without_a_byte_ends_in_order()
    {
        Assert.Equal(["end"], await mesh.CallAsync(TrafficMesh.Vip4, 7001, "send:0"));
    }

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task A_servers_reset_reaches_the_caller(string vip)
    {
        Assert.Equal(["hello", "failed: ECONNRESET"], await mesh.CallAsync(vip, 7005, "line"));
    }

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task A_callers_reset_reaches_the_server(string vip)
    {
        var seen = mesh.Server.Output.Length;
        Assert.Equal(["hello", "end"], await mesh.CallAsync(vip, 7001, "reset"));
        await Until.TrueAsync(() => mesh.Server.Output[seen..].Contains("7001 reset", StringComparison.Ordinal), "the server to see the reset");
    }

    [Theory]
    [InlineData("240.240.0.11")]
    [InlineData("fd00:240::11")]
    public async Task A_neighbour_on_the_same_machine_is_reached_without_TLS(string vip)
    {
        var lines = await mesh.CallAsync(vip, 7001, "exchange:100000");
        Assert.Equal(lines[0], lines[1]);

        var log = await mesh.A.WaitForAccessLogAsync(
            line => line.DestinationAddress?.StartsWith(vip.Contains(':', StringComparison.Ordinal) ? $"[{vip}]" : vip, StringComparison.Ordinal) ?? false, $"a call of {vip}");
        Assert.Equal("outbound", log.Direction);
        Assert.Null(log.TlsVersion);
        Assert.Equal("spiffe://test.example/ns/default/sa/caller", log.SourcePrincipal);
        Assert.Equal("default/neighbour", log.DestinationWorkload);
    }

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task A_port_on_which_nobody_listens_is_refused_at_once(string vip)
    {
        Assert.Equal(["failed: ECONNRESET"], await mesh.CallAsync(vip, 7008, "line", timeout: TimeSpan.FromSeconds(5)));
        await mesh.A.WaitForAccessLogAsync(line => line is { Refusal: "connect-failed" }, "connect-failed");
    }

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task An_unknown_port_of_a_virtual_address_is_refused_at_once(string vip)
    {
        Assert.Equal(["failed: ECONNRESET"], await mesh.CallAsync(vip, 9999, "line", timeout: TimeSpan.FromSeconds(5)));
        await mesh.A.WaitForAccessLogAsync(line => line is { Refusal: "unknown-service" }, "unknown-service");
    }

    [Theory]
    [InlineData("127.0.0.1", 15001)]
    [InlineData("127.0.0.1", 15006)]
    [InlineData("::1", 15001)]
    [InlineData("::1", 15006)]
    public async Task The_daemons_own_listeners_are_no_way_around_it(string address, int port)
    {
        Assert.Equal(["failed: ECONNRESET"], await mesh.CallAsync(address, port, "line", timeout: TimeSpan.FromSeconds(5)));
        await mesh.A.WaitForAccessLogAsync(line => line.Refusal == "loop" && line.DestinationAddress!.EndsWith($":{port}", StringComparison.Ordinal), "a refused loop");
    }

    [Fact]
    public async Task Both_ends_log_the_same_call_with_both_identities_and_its_bytes()
    {
        await mesh.CallAsync(TrafficMesh.Vip4, 7001, "exchange:123457");
        foreach (var node in new[] { mesh.A, mesh.B })
        {
            var line = await node.WaitForAccessLogAsync(entry => entry.BytesReceived == 123457, "the call");
            Assert.Equal(123457, line.BytesSent);
            Assert.Equal("spiffe://test.example/ns/default/sa/caller", line.SourcePrincipal);
            Assert.Equal("spiffe://test.example/ns/default/sa/server", line.DestinationPrincipal);
            Assert.Equal("TLSv1.3", line.TlsVersion);
            Assert.Null(line.Refusal);
        }
    }

    [Fact]
    public async Task Nothing_of_it_is_readable_on_the_wire()
    {
        await using var capture = await mesh.B.Machine.CaptureAsync("tcp port 15008");
        var secret = Guid.NewGuid().ToString();
        var options = new CommandOptions { Uid = TrafficMesh.CallerUid, Input = secret };
        var result = await mesh.A.Machine.RunAsync(options, "python3", "/run/peers/line_client.py", TrafficMesh.Vip4, "7007");
        Assert.Contains(secret, result.EnsureSuccess().Output, StringComparison.Ordinal);
        await capture.StopAsync();
        Assert.NotEmpty(await capture.ReadPacketsAsync());
        Assert.False(capture.Contains(secret));
    }
}
