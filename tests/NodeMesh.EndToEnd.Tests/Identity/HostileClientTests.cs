using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Identity;

/// <summary>Whoever reaches the mesh port of a node, with SslStream, openssl, curl and Python as clients.</summary>
public class HostileClientTests(AttackMesh mesh) : IClassFixture<AttackMesh>
{
    private const int MeshPort = 15008;
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"u8.ToArray();

    public static TheoryData<FalseIdentity, bool> Forgeries
    {
        get
        {
            var data = new TheoryData<FalseIdentity, bool>();
            foreach (var kind in Enum.GetValues<FalseIdentity>())
            {
                data.Add(kind, false);
                data.Add(kind, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_false_certificate_gets_no_answer(FalseIdentity kind, bool ipv6)
    {
        var lines = mesh.B.ReadAccessLog().Count;
        Assert.Equal(0, await SpeakAsync(ipv6, new SslClientAuthenticationOptions { ClientCertificateContext = mesh.Forge(kind, AttackMesh.Web) }));
        Assert.NotNull((await mesh.B.WaitForRefusalAsync("tls-untrusted", lines)).Detail);
    }

    [Fact]
    public async Task A_client_without_a_certificate_gets_no_answer()
    {
        var lines = mesh.B.ReadAccessLog().Count;
        Assert.Equal(0, await SpeakAsync(ipv6: false, new SslClientAuthenticationOptions()));
        var line = await mesh.B.WaitForAccessLogAsync(entry => mesh.B.ReadAccessLog().Count > lines && entry.Refusal is "tls-untrusted" or "tls-handshake", "a refused handshake");
        Assert.Null(line.SourcePrincipal);
    }

    [Fact]
    public async Task TLS_1_2_is_not_spoken()
    {
        var options = new SslClientAuthenticationOptions { ClientCertificateContext = mesh.Genuine(AttackMesh.Web), EnabledSslProtocols = SslProtocols.Tls12 };
        Assert.Equal(0, await SpeakAsync(ipv6: false, options));
    }

    [Fact]
    public async Task The_same_with_a_genuine_certificate_is_answered()
    {
        Assert.NotEqual(0, await SpeakAsync(ipv6: false, new SslClientAuthenticationOptions { ClientCertificateContext = mesh.Genuine(AttackMesh.Web) }));
        Assert.NotEqual(0, await SpeakAsync(ipv6: true, new SslClientAuthenticationOptions { ClientCertificateContext = mesh.Genuine(AttackMesh.Web) }));
    }

    [Fact]
    public async Task HTTP2_without_TLS_gets_no_answer()
    {
        await using var stream = await mesh.Attacker.ConnectToAsync(new IPEndPoint(mesh.B.Machine.IPv4, MeshPort));
        Assert.Equal(0, await AnswerLengthAsync(stream));

        var curl = await mesh.Attacker.RunAsync("curl", "-sS", "--max-time", "10", "--http2-prior-knowledge", $"http://{mesh.B.Machine.IPv4}:{MeshPort}/");
        Assert.NotEqual(0, curl.ExitCode);
        Assert.Empty(curl.Output);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Openssl_without_a_certificate_is_refused(string version)
    {
        var options = new CommandOptions { Input = "hello" };
        var result = await mesh.Attacker.RunAsync(options, "openssl", "s_client", "-connect", $"{mesh.B.Machine.IPv4}:{MeshPort}", version, "-alpn", "h2", "-ign_eof");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("alert", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Openssl_with_a_genuine_certificate_completes_the_handshake()
    {
        await mesh.WriteGenuineAsync(AttackMesh.Web, "/run/tmp/genuine");
        var options = new CommandOptions { Input = "no HTTP/2 at all" };
        var result = await mesh.Attacker.RunAsync(
            options, "openssl", "s_client", "-connect", $"{mesh.B.Machine.IPv4}:{MeshPort}", "-alpn", "h2", "-ign_eof",
            "-cert", "/run/tmp/genuine.crt", "-cert_chain", "/run/tmp/genuine.crt", "-key", "/run/tmp/genuine.key", "-CAfile", "/run/tmp/root.crt", "-purpose", "any");
        Assert.Contains("TLSv1.3", result.Output, StringComparison.Ordinal);
        Assert.Contains("ALPN protocol: h2", result.Output, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_with_a_genuine_certificate_that_names_no_workload_reaches_nothing()
    {
        await mesh.WriteGenuineAsync(AttackMesh.Web, "/run/tmp/curl");
        var result = await mesh.Attacker.RunAsync(
            "curl", "-sS", "-k", "--max-time", "10", "--http2", "--cert", "/run/tmp/curl.crt", "--key", "/run/tmp/curl.key",
            "-o", "/dev/null", "-w", "%{http_version} %{http_code}", $"https://{mesh.B.Machine.IPv4}:{MeshPort}/");
        Assert.Equal("2 404", result.Output);
    }

    [Theory]
    [InlineData("{4}:7007", "server port=7007")]
    [InlineData("{6}:7007", "server port=7007")]
    public async Task An_HBONE_client_that_is_not_ours_is_served(string authority, string greeting)
    {
        await mesh.WriteGenuineAsync(AttackMesh.Web, "/run/tmp/hbone");
        var lines = mesh.B.ReadAccessLog().Count;
        var output = await HboneAsync(authority, "--message", "hello from elsewhere");
        Assert.StartsWith("status 200", output, StringComparison.Ordinal);
        Assert.Contains(greeting, output, StringComparison.Ordinal);
        Assert.EndsWith("hello from elsewhere\n", output, StringComparison.Ordinal);
        var line = await mesh.B.WaitForAccessLogAsync(entry => mesh.B.ReadAccessLog().Count > lines && entry is { SourcePrincipal: AttackMesh.Web, Refusal: null }, "the call");
        Assert.Equal("TLSv1.3", line.TlsVersion);
    }

    [Theory]
    [InlineData("{4}:22", "503 destination-mismatch")]
    [InlineData("{4}:15001", "503 destination-mismatch")]
    [InlineData("127.0.0.1:7007", "503 destination-mismatch")]
    [InlineData("10.77.0.1:22", "503 destination-mismatch")]
    [InlineData("10.77.0.254:80", "503 destination-mismatch")]
    [InlineData("server.default.mesh:7007", "400 protocol-error")]
    [InlineData("nonsense", "400 protocol-error")]
    public async Task A_genuine_peer_reaches_declared_ports_and_nothing_else(string authority, string answer)
    {
        await mesh.WriteGenuineAsync(AttackMesh.Web, "/run/tmp/hbone");
        Assert.Equal($"status {answer}\n", await HboneAsync(authority));
    }

    private async Task<string> HboneAsync(string authority, params string[] more)
    {
        var target = authority.Replace("{4}", $"{mesh.B.Machine.IPv4}", StringComparison.Ordinal).Replace("{6}", $"[{mesh.B.Machine.IPv6}]", StringComparison.Ordinal);
        var address = authority.Contains("{6}", StringComparison.Ordinal) ? mesh.B.Machine.IPv6 : mesh.B.Machine.IPv4;
        var result = await mesh.Attacker.RunAsync(
            "python3", ["/run/peers/hbone_client.py", $"{address}", target, "--cert", "/run/tmp/hbone.crt", "--key", "/run/tmp/hbone.key", "--ca", "/run/tmp/root.crt", .. more]);
        return result.EnsureSuccess().Output;
    }

    /// <summary>How many bytes of HTTP/2 the daemon says to such a client.</summary>
    private async Task<int> SpeakAsync(bool ipv6, SslClientAuthenticationOptions options)
    {
        options.TargetHost = "";
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        await using var stream = await mesh.Attacker.ConnectToAsync(new IPEndPoint(ipv6 ? mesh.B.Machine.IPv6 : mesh.B.Machine.IPv4, MeshPort));
        await using var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(options);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return 0;
        }

        // In TLS 1.3 the client's handshake is over before the server has seen its certificate.
        return await AnswerLengthAsync(tls);
    }

    private static async Task<int> AnswerLengthAsync(Stream stream)
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await stream.WriteAsync(Preface, cancel.Token);
            return await stream.ReadAsync(new byte[1024], cancel.Token);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
