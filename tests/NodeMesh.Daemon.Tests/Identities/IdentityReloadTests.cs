using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Tests.Identities;

/// <summary>Certificates on disk through the whole daemon.</summary>
public sealed class IdentityReloadTests : IDisposable
{
    private readonly TestMesh _mesh = new();

    [Fact]
    public async Task With_configuration_certificate_and_bundle_the_node_is_ready()
    {
        _mesh.Issue();
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));

        Assert.Equal((200, "ready\n"), await running.ScrapeAsync("/readyz"));
        var (_, workloads) = await running.AskAsync("/v1/workloads");
        Assert.Equal("valid", workloads.GetProperty("items")[0].GetProperty("certificate").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_certificate_that_comes_later_makes_the_node_ready()
    {
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));
        var (status, body) = await running.ScrapeAsync("/readyz");
        Assert.Equal(503, status);
        Assert.Contains(
            $"the workload shop/cart-1 has no valid certificate of {TestMesh.Cart}: there is none in {_mesh.IdentitiesPath}\n", body, StringComparison.Ordinal);

        _mesh.Issue();

        await Wait.UntilAsync(async () => (await running.ScrapeAsync("/readyz")).Status == 200, "the node is ready");
    }

    [Fact]
    public async Task One_workload_without_a_certificate_among_others_is_enough_not_to_be_ready_and_is_named()
    {
        _mesh.Directory.Replace("resources/late.yaml", """
            apiVersion: nodemesh.io/v1
            kind: Workload
            metadata: {name: late, namespace: shop}
            spec: {node: web-1, selector: {uid: 12346}}
            """);
        _mesh.Issue();
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));

        var (status, body) = await running.ScrapeAsync("/readyz");

        Assert.Equal(503, status);
        Assert.StartsWith("the workload shop/late has no valid certificate of spiffe://example.org/ns/shop/sa/", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ports_that_are_not_captured_keep_the_node_from_being_ready()
    {
        _mesh.Issue();
        _mesh.Directory.Replace("ports", """
            #!/bin/sh
            test -e "$(dirname "$0")/up" || { echo "ports: the rules are not installed" >&2; exit 3; }
            """);
        File.SetUnixFileMode(_mesh.Directory.File("ports"), (UnixFileMode)0x1ed);
        await using var running = await RunningDaemon.StartAsync(
            RunningDaemon.OptionsFor(_mesh) with { Interception = new InterceptionOptions { Command = _mesh.Directory.File("ports") } });

        await Wait.UntilAsync(
            async () => await running.ScrapeAsync("/readyz") == (503, "the inbound ports (8080) are not captured as declared: ports: the rules are not installed\n"),
            "the lacking ports are told");
        _mesh.Directory.Replace("up", "");

        await Wait.UntilAsync(async () => (await running.ScrapeAsync("/readyz")).Status == 200, "the node is ready");
    }

    [Fact]
    public async Task A_renewed_certificate_takes_the_place_of_the_old()
    {
        var old = _mesh.Issue();
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));
        Assert.Equal(old.SerialNumber, await SerialAsync(running));

        var renewed = _mesh.Issue();

        await Wait.UntilAsync(
            async () => string.Equals(await SerialAsync(running), renewed.SerialNumber, StringComparison.Ordinal), "the renewed certificate is in use");
    }

    [Fact]
    public async Task A_broken_new_file_keeps_the_old_identity_and_is_told()
    {
        var old = _mesh.Issue();
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));

        _mesh.Directory.Replace("identities/cart.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        var (status, problem) = await running.AskAsync("/v1/reload", HttpMethod.Post);

        Assert.Equal((422, "1 file of identities or bundles is wrong: what they replace stays in use"), (status, problem.GetProperty("detail").GetString()));
        Assert.Contains("cart.crt", problem.GetProperty("errors")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(old.SerialNumber, await SerialAsync(running));
        var (_, certificates) = await running.AskAsync("/v1/certificates");
        Assert.Contains("cart.crt", certificates.GetProperty("problems")[0].GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await running.ScrapeAsync("/readyz")).Status);
    }

    [Fact]
    public async Task Bundles_are_told_with_their_authorities_and_keys_never()
    {
        _mesh.Issue();
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));

        var (_, certificates) = await running.AskAsync("/v1/certificates");

        var bundle = certificates.GetProperty("bundles")[0];
        Assert.Equal("example.org", bundle.GetProperty("trustDomain").GetString());
        Assert.Equal(64, bundle.GetProperty("authorities")[0].GetProperty("sha256").GetString()!.Length);
        Assert.DoesNotContain("PRIVATE", certificates.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _mesh.Dispose();

    private static async Task<string?> SerialAsync(RunningDaemon running)
    {
        var (_, certificates) = await running.AskAsync("/v1/certificates");
        return certificates.GetProperty("items")[0].GetProperty("serialNumber").GetString();
    }
}
