using System.Diagnostics;

namespace NodeMesh.Cli.Tests.Controller;

/// <summary>An operator with a certificate that openssl made, and the settings name by the fingerprint that openssl prints.</summary>
public sealed class OperatorCertificateTests : IAsyncLifetime
{
    private RunningController _controller = null!;
    private string _fingerprint = "";

    public async Task InitializeAsync() => _controller = await RunningController.StartAsync(async directory =>
    {
        await OpensslAsync("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bob", "-days", "1", "-keyout", directory["bob.key"], "-out", directory["bob.crt"]);
        File.SetUnixFileMode(directory["bob.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var printed = await OpensslAsync("x509", "-in", directory["bob.crt"], "-noout", "-fingerprint", "-sha256");
        _fingerprint = "sha256:" + printed[(printed.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim();
        return $"  - {{ certificate: \"{_fingerprint}\", role: operator }}";
    });

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task It_goes_into_a_context_like_any_other_and_is_named_in_the_history()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["XDG_CONFIG_HOME"] = _controller.Directory["config"] };
        await Ctl.RunAsync(["context", "set", "prod", "--controller", _controller.TlsAddress, .. await _controller.OptionsAsync("bob")], environment: environment);

        var applied = await Ctl.RunAsync(["apply", "-f", "-"], MeshFiles.Mesh, environment: environment);
        var history = await Ctl.RunAsync(["history"], environment: environment);
        var audit = await Ctl.RunAsync(["audit"], environment: environment);
        var evicted = await Ctl.RunAsync(["node", "evict", "web-1"], environment: environment);

        var name = $"{_fingerprint.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant().Replace("sha256", "sha256:", StringComparison.Ordinal)} \"CN=bob\"";
        Assert.Equal("created    MeshConfig mesh\ncreated    Node web-1\nrevision 1\n", applied.Output);
        Assert.Contains(name, history.Output);
        Assert.Contains(name, audit.Output);
        Assert.Contains($"error: {name} is operator, and this needs admin", evicted.Error);
    }

    [Fact]
    public async Task The_controller_must_be_of_the_trust_domain_that_the_bundle_is_named_after()
    {
        var bob = await _controller.OptionsAsync("bob");
        File.Copy(bob[3], _controller.Directory["other.example.json"]);
        File.Copy(bob[3], _controller.Directory["bundle"]);

        var other = await Ctl.RunAsync(["history", "--controller", _controller.TlsAddress, .. bob[..3], _controller.Directory["other.example.json"]]);
        var unnamed = await Ctl.RunAsync(["history", "--controller", _controller.TlsAddress, .. bob[..3], _controller.Directory["bundle"]]);

        Assert.Equal((1, 1), (other.ExitCode, unnamed.ExitCode));
        Assert.Contains("does not prove to be the controller: spiffe://example.org/nodemesh/controller is of the trust domain example.org, for which there is no bundle here", other.Error);
        Assert.Contains("does not say of which trust domain the controller is: it does not end in .json\nhint: name the bundle TRUST-DOMAIN.json", unnamed.Error);
    }

    [Fact]
    public async Task A_key_that_others_can_read_or_of_another_certificate_is_not_used()
    {
        var bob = await _controller.OptionsAsync("bob");
        File.Copy(_controller.Directory["bob.crt"], _controller.Directory["eve.crt"]);
        await OpensslAsync("genpkey", "-algorithm", "RSA", "-out", _controller.Directory["eve.key"]);
        File.SetUnixFileMode(_controller.Directory["eve.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var foreign = await Ctl.RunAsync(["history", "--controller", _controller.TlsAddress, "--identity", _controller.Directory["eve"], .. bob[2..]]);
        File.SetUnixFileMode(_controller.Directory["bob.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var open = await Ctl.RunAsync(["history", "--controller", _controller.TlsAddress, .. bob]);

        Assert.Contains("cannot be used as an identity: ", foreign.Error);
        Assert.Contains("nobody but its owner may read it", open.Error);
        Assert.Equal((1, 1), (foreign.ExitCode, open.ExitCode));
    }

    private static async Task<string> OpensslAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return output;
    }
}
