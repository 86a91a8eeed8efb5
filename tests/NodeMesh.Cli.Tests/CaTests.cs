using System.Diagnostics;
using System.Text.Json.Nodes;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Cli.Tests;

public sealed class CaTests : IDisposable
{
    private const string Mesh = """
        { apiVersion: nodemesh.io/v1, kind: MeshConfig, metadata: { name: mesh }, spec: { trustDomain: example.org } }
        ---
        { apiVersion: nodemesh.io/v1, kind: Node, metadata: { name: web-1 }, spec: { addresses: [192.0.2.1] } }
        ---
        { apiVersion: nodemesh.io/v1, kind: Node, metadata: { name: web-2 }, spec: { addresses: [192.0.2.2] } }
        ---
        { apiVersion: nodemesh.io/v1, kind: Workload, metadata: { name: cart-1, namespace: shop }, spec: { node: web-1, serviceAccount: cart, selector: { user: cart } } }
        ---
        { apiVersion: nodemesh.io/v1, kind: Workload, metadata: { name: cart-2, namespace: shop }, spec: { node: web-1, serviceAccount: cart, selector: { user: cart2 } } }
        ---
        { apiVersion: nodemesh.io/v1, kind: Workload, metadata: { name: web, namespace: shop }, spec: { node: web-1, selector: { user: web } } }
        ---
        { apiVersion: nodemesh.io/v1, kind: Workload, metadata: { name: far, namespace: shop }, spec: { node: web-2, selector: { user: far } } }
        """;

    private readonly TemporaryDirectory _directory = new();

    private string Ca => _directory["ca"];

    private string Out => _directory["identities"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Openssl_verifies_what_was_issued()
    {
        await InitAsync();
        var run = await Ctl.RunAsync("ca", "issue", "--ca", Ca, "--id", "spiffe://example.org/ns/shop/sa/web", "--out", Out, "--lifetime", "7d");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"spiffe://example.org/ns/shop/sa/web: {Out}/shop.web.crt and .key, until ", run.Output);

        Assert.Contains("OK", await OpensslAsync("verify", "-x509_strict", "-CAfile", _directory["ca/root.crt"], "-untrusted", $"{Out}/shop.web.crt", $"{Out}/shop.web.crt"));
        Assert.Contains("URI:spiffe://example.org/ns/shop/sa/web", await OpensslAsync("x509", "-in", $"{Out}/shop.web.crt", "-noout", "-ext", "subjectAltName"));
        Assert.Contains("Certificate will not expire", await OpensslAsync("x509", "-in", $"{Out}/shop.web.crt", "-noout", "-checkend", "600000"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{Out}/shop.web.key"));
    }

    [Fact]
    public async Task A_node_gets_each_identity_of_its_workloads_once()
    {
        await InitAsync();
        var resources = ResourcesDirectory();
        var run = await Ctl.RunAsync("ca", "issue", "--ca", Ca, "--node", "web-1", "--resources", resources, "--out", Out, "-o", "json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, JsonNode.Parse(run.Output)!["issued"]!.AsArray().Count);
        var set = SvidDirectory.Load(Out);
        Assert.Empty(set.Problems);
        Assert.Equal(
            ["spiffe://example.org/ns/shop/sa/cart", "spiffe://example.org/ns/shop/sa/web"], set.Svids.Select(svid => svid.Id.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_workload_gets_the_identity_of_its_service_account()
    {
        await InitAsync();
        var run = await Ctl.RunAsync("ca", "issue", "--ca", Ca, "--workload", "shop/cart-1", "--resources", ResourcesDirectory(), "--out", Out, "--name", "mine");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("spiffe://example.org/ns/shop/sa/cart", X509Svid.Load($"{Out}/mine.crt", $"{Out}/mine.key").Id.ToString());
    }

    [Theory]
    [InlineData("--id|spiffe://other.org/ns/shop/sa/web", "other.org")]
    [InlineData("--id|https://example.org/x", "--id https://example.org/x: ")]
    [InlineData("--workload|shop/nobody|--resources|RESOURCES", "there is no Workload shop/nobody in ")]
    [InlineData("--node|web-9|--resources|RESOURCES", "there is no Node web-9 in ")]
    [InlineData("--node|web-1|--resources|NOWHERE", "are wrong, so who is who is not certain; nothing was issued")]
    public async Task What_cannot_be_issued_exits_1(string arguments, string message)
    {
        await InitAsync();
        var resources = ResourcesDirectory();
        var line = arguments.Replace("RESOURCES", resources, StringComparison.Ordinal).Replace("NOWHERE", _directory["nowhere"], StringComparison.Ordinal).Split('|');
        var run = await Ctl.RunAsync(["ca", "issue", "--ca", Ca, "--out", Out, .. line]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Error);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public async Task Resources_of_another_trust_domain_are_refused()
    {
        Assert.Equal(0, (await Ctl.RunAsync("ca", "init", Ca, "--trust-domain", "other.org")).ExitCode);
        var run = await Ctl.RunAsync("ca", "issue", "--ca", Ca, "--node", "web-1", "--resources", ResourcesDirectory(), "--out", Out);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("says trust domain example.org, but the authority is of other.org", run.Error);
    }

    [Fact]
    public async Task Another_identity_is_not_overwritten_but_an_old_one_is()
    {
        await InitAsync();
        string[] issue = ["ca", "issue", "--ca", Ca, "--out", Out, "--name", "here", "--id"];
        Assert.Equal(0, (await Ctl.RunAsync([.. issue, "spiffe://example.org/ns/shop/sa/web"])).ExitCode);
        Assert.Equal(0, (await Ctl.RunAsync([.. issue, "spiffe://example.org/ns/shop/sa/web"])).ExitCode);
        var run = await Ctl.RunAsync([.. issue, "spiffe://example.org/ns/shop/sa/cart"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("here.crt is the identity spiffe://example.org/ns/shop/sa/web; it is not overwritten", run.Error);
    }

    [Fact]
    public async Task Issued_files_can_be_given_to_the_daemons_user()
    {
        await InitAsync();
        var run = await Ctl.RunAsync("ca", "issue", "--ca", Ca, "--id", "spiffe://example.org/ns/shop/sa/web", "--out", Out, "--owner", Environment.UserName);
        Assert.Equal(0, run.ExitCode);
        var wrong = await Ctl.RunAsync("ca", "issue", "--ca", Ca, "--id", "spiffe://example.org/ns/shop/sa/web", "--out", Out, "--owner", "no-such-user");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("could not be given to no-such-user", wrong.Error);
    }

    [Fact]
    public async Task An_authority_is_not_overwritten()
    {
        await InitAsync();
        var run = await Ctl.RunAsync("ca", "init", Ca, "--trust-domain", "example.org");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("there is an authority already", run.Error);
    }

    [Fact]
    public async Task The_bundle_is_printed_or_written_where_the_daemon_reads_it()
    {
        await InitAsync();
        var printed = await Ctl.RunAsync("ca", "bundle", "--ca", Ca);
        Assert.Equal(0, printed.ExitCode);
        Assert.Single(JsonNode.Parse(printed.Output)!["keys"]!.AsArray());
        var written = await Ctl.RunAsync("ca", "bundle", "--ca", Ca, "--out", _directory["bundles"]);
        Assert.Equal($"{_directory["bundles"]}/example.org.json: the bundle of example.org, sequence 1\n", written.Output);
        Assert.Single(TrustBundleDirectory.Load(_directory["bundles"]).Bundles.Bundles);
    }

    [Fact]
    public async Task A_root_is_rotated_in_three_steps_in_their_order()
    {
        await InitAsync();
        Assert.Equal(1, (await Ctl.RunAsync("ca", "rotate", "activate", "--ca", Ca)).ExitCode);
        foreach (var (step, rotation, roots) in new[] { ("prepare", "prepared", 2), ("activate", "activated", 2), ("retire", "none", 1) })
        {
            var run = await Ctl.RunAsync("ca", "rotate", step, "--ca", Ca);
            Assert.Equal(0, run.ExitCode);
            Assert.StartsWith("done; next: ", run.Output);
            var status = JsonNode.Parse((await Ctl.RunAsync("ca", "status", "--ca", Ca, "-o", "json")).Output)!;
            Assert.Equal(rotation, (string?)status["rotation"]);
            Assert.Equal(roots, status["certificates"]!.AsArray().Count(certificate => (string?)certificate!["kind"] == "root"));
        }
    }

    [Fact]
    public async Task Status_shows_the_certificates_of_the_authority()
    {
        await InitAsync();
        var run = await Ctl.RunAsync("ca", "status", "--ca", Ca);
        Assert.StartsWith("Trust domain   example.org\nBundle         sequence 1, 1 root\nRotation       none under way\n\nKIND      STATE    NOT-AFTER", run.Output);
        Assert.Contains("3649d23h", run.Output);
    }

    [Fact]
    public async Task A_directory_without_an_authority_says_how_to_make_one()
    {
        var run = await Ctl.RunAsync("ca", "status", "--ca", Ca);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("nodemeshctl ca init makes an authority", run.Error);
    }

    private async Task InitAsync()
    {
        var run = await Ctl.RunAsync("ca", "init", Ca, "--trust-domain", "example.org");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    private string ResourcesDirectory() => Path.GetDirectoryName(_directory.Write("resources/mesh.yaml", Mesh))!;

    private static async Task<string> OpensslAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"openssl {string.Join(' ', arguments)}: {await error}");
        return output;
    }
}
