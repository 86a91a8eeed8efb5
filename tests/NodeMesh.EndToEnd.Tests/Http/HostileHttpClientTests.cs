using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>
/// Attacks on the HTTP of a daemon by applications of its node and by machines outside the mesh: whatever they do, the daemon tells what it was,
/// keeps its memory, and serves everybody else.
/// </summary>
public class HostileHttpClientTests(HostileMesh mesh) : IClassFixture<HostileMesh>
{
    /// <summary>ENHANCE_YOUR_CALM.</summary>
    private const string Calm = "goaway 11";

    [Theory]
    [InlineData("rapid_reset", "rapid_reset")] // CVE-2023-44487
    [InlineData("made_you_reset", "made_you_reset")] // CVE-2025-8671
    [InlineData("continuation", "continuation")] // CVE-2024-27316
    [InlineData("header_block", "header_block_too_large")]
    [InlineData("ping", "ping")] // CVE-2019-9512
    [InlineData("ping_acks", "ping")]
    [InlineData("settings", "settings")] // CVE-2019-9515
    [InlineData("empty_data", "empty_frames")] // CVE-2019-9518
    [InlineData("padding", "empty_frames")]
    [InlineData("empty_headers", "empty_frames")]
    [InlineData("late_resets", "reset")] // CVE-2019-9514
    [InlineData("priority", "priority")] // CVE-2019-9513
    [InlineData("window_update", "window_update")]
    [InlineData("unknown_frames", "unknown_frames")]
    [InlineData("goaway", "goaway")]
    [InlineData("refused_streams", "refused_streams")]
    public async Task A_flood_ends_the_connection_it_comes_on_and_is_counted(string attack, string kind)
    {
        await using var bystanders = await Bystanders.StartAsync(mesh);

        await AssertCountedAsync(mesh.A, "nodemesh_http_floods_total", $"kind=\"{kind}\"", 1, async () => Assert.Equal(Calm, await AttackAsync(2, attack)));
        await AssertCountedAsync(mesh.B, "nodemesh_http_floods_total", $"kind=\"{kind}\"", 1, async () => Assert.Equal(Calm, await AttackFromOutsideAsync(2, attack)));

        await bystanders.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("hpack_bomb")]
    [InlineData("cookie_bomb")]
    public async Task Headers_that_grow_when_they_are_decoded_are_answered_with_431(string attack)
    {
        await using var bystanders = await Bystanders.StartAsync(mesh);
        const string Reason = "reason=\"header_list_too_large\"";

        await AssertCountedAsync(mesh.A, "nodemesh_http_stream_errors_total", Reason, 100, async () => Assert.Equal("status 431 100", await AttackAsync(2, attack)));
        await AssertCountedAsync(mesh.B, "nodemesh_http_stream_errors_total", Reason, 100, async () => Assert.Equal("status 431 100", await AttackFromOutsideAsync(2, attack)));

        await bystanders.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData(1, "endless_line", "status 414 1", "start_line_too_long")]
    [InlineData(1, "endless_field", "status 431 1", "head_too_large")]
    [InlineData(1, "endless_fields", "status 431 1", "head_too_large")]
    [InlineData(1, "empty_lines", "status 400 1", "bad_start_line")]
    [InlineData(1, "slow_head", "status 408 600", "slow_head")]
    [InlineData(2, "slow_block", Calm, "slow_head")]
    public async Task A_head_that_does_not_end_is_refused_and_counted(int version, string attack, string ending, string reason)
    {
        await using var bystanders = await Bystanders.StartAsync(mesh);
        var count = attack == "slow_head" ? 600 : 1;

        await AssertCountedAsync(mesh.A, "nodemesh_http_protocol_errors_total", $"reason=\"{reason}\"", count, async () => Assert.Equal(ending, await AttackAsync(version, attack)));
        await AssertCountedAsync(mesh.B, "nodemesh_http_protocol_errors_total", $"reason=\"{reason}\"", count, async () => Assert.Equal(ending, await AttackFromOutsideAsync(version, attack)));

        await bystanders.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("chunk_extensions", "bad_chunk")]
    [InlineData("endless_trailers", "head_too_large")]
    public async Task A_body_whose_framing_does_not_end_is_answered_with_400_and_counted(string attack, string reason)
    {
        await using var bystanders = await Bystanders.StartAsync(mesh);

        await AssertCountedAsync(mesh.A, "nodemesh_http_protocol_errors_total", $"reason=\"{reason}\"", 1, async () => Assert.Equal("status 400 1", await AttackAsync(1, attack, HostileMesh.Slow)));

        await bystanders.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData(1, "slow_body", "status 504 60")]
    [InlineData(2, "zero_window", "reset 60, status 200 60")]
    [InlineData(2, "dribble", "reset 60, status 200 60")]
    public async Task Who_sends_or_takes_a_body_too_slowly_is_held_to_the_time_that_the_service_gives(int version, string attack, string ending)
    {
        await using var bystanders = await Bystanders.StartAsync(mesh);

        await AssertCountedAsync(mesh.A, "nodemesh_requests_refused_total", "refusal=\"timeout\"", 60, async () => Assert.Equal(ending, await AttackAsync(version, attack, HostileMesh.Slow)));

        await AssertNothingIsUnderWayAsync();
        await bystanders.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Who_does_not_read_costs_a_window_each_and_gets_no_whole_answer_in_the_end()
    {
        await using var bystanders = await Bystanders.StartAsync(mesh);
        await AssertCountedAsync(mesh.A, "nodemesh_requests_refused_total", "refusal=\"timeout\"", 60, async () =>
        {
            await using var attacker = mesh.A.Machine.StartPeer(HostileMesh.Attacker, "hostile_http1_client.py", HostileMesh.Slow, "80", "slow_reader");
            await attacker.WaitForLineAsync("asked");
            await Until.TrueAsync(async () => await UnderWayAsync(mesh.B) == 60, "the application to answer");
            await AssertNothingIsUnderWayAsync();
            await attacker.WriteLineAsync("read");
            Assert.Equal("cut 60", await attacker.WaitForLineAsync("60"));
        });

        await bystanders.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Requests_behind_each_other_by_the_thousand_are_answered_as_their_client_reads()
    {
        await using var bystanders = await Bystanders.StartAsync(mesh);
        Assert.Equal("status 200 10000", await AttackAsync(1, "pipeline"));
        await bystanders.AssertUnharmedAsync();
    }

    private Task<string> AttackAsync(int version, string attack, string address = HostileMesh.Nginx) => AttackAsync(mesh.A.Machine, version, address, 80, attack);

    private Task<string> AttackFromOutsideAsync(int version, string attack) =>
        AttackAsync(mesh.Outsider, version, $"{mesh.B.Machine.IPv4}", HostileMesh.NginxPort, attack);

    private static async Task<string> AttackAsync(Machine machine, int version, string address, int port, string attack)
    {
        var result = await machine.RunAsync(HostileMesh.Attacker, "python3", $"/run/peers/hostile_http{version}_client.py", address, $"{port}", attack);
        return result.EnsureSuccess().Output.TrimEnd();
    }

    private static async Task AssertCountedAsync(MeshNode node, string metric, string label, int count, Func<Task> attack)
    {
        var before = (await node.ScrapeAsync()).Sum(metric, label);
        await attack();
        await Until.TrueAsync(async () => (await node.ScrapeAsync()).Sum(metric, label) >= before + count, $"{metric} to count {count} of {label} on {node.Machine.Name}");
        Assert.Equal(before + count, (await node.ScrapeAsync()).Sum(metric, label));
    }

    private Task AssertNothingIsUnderWayAsync() =>
        Until.TrueAsync(async () => await UnderWayAsync(mesh.A) == 0 && await UnderWayAsync(mesh.B) == 0, "the attacker's requests to be over");

    private static async Task<double> UnderWayAsync(MeshNode node) =>
        (await node.ScrapeAsync()).Sum("nodemesh_requests_in_flight", "destination_service=\"default/slow\"");
}
