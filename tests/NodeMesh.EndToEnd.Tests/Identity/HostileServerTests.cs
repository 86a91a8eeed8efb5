using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Identity;

/// <summary>Somebody else stands where the peer's daemon should be: the caller's daemon must not tell him anything.</summary>
public class HostileServerTests(AttackMesh mesh) : IClassFixture<AttackMesh>
{
    private const int MeshPort = 15008;

    public static TheoryData<FalseIdentity, string> Forgeries
    {
        get
        {
            var data = new TheoryData<FalseIdentity, string>();
            foreach (var kind in Enum.GetValues<FalseIdentity>())
            {
                data.Add(kind, AttackMesh.VictimVip4);
            }

            data.Add(FalseIdentity.Expired, AttackMesh.VictimVip6);
            data.Add(FalseIdentity.OwnAuthority, AttackMesh.VictimVip6);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_false_certificate_is_told_nothing(FalseIdentity kind, string vip)
    {
        var (heard, line) = await LureAsync(vip, new SslServerAuthenticationOptions { ServerCertificateContext = mesh.Forge(kind, AttackMesh.Victim) });
        Assert.Equal(0, heard);
        Assert.Equal("tls-untrusted", line.Refusal);
    }

    [Fact]
    public async Task A_genuine_certificate_of_somebody_else_is_told_nothing()
    {
        var (heard, line) = await LureAsync(
            AttackMesh.VictimVip4, new SslServerAuthenticationOptions { ServerCertificateContext = mesh.Genuine("spiffe://test.example/ns/default/sa/other") });
        Assert.Equal(0, heard);
        Assert.Equal("tls-peer-identity", line.Refusal);
        Assert.Contains("sa/other", line.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_1_2_is_not_spoken()
    {
        var options = new SslServerAuthenticationOptions { ServerCertificateContext = mesh.Genuine(AttackMesh.Victim), EnabledSslProtocols = SslProtocols.Tls12 };
        var (heard, line) = await LureAsync(AttackMesh.VictimVip4, options);
        Assert.Equal(0, heard);
        Assert.Equal("tls-handshake", line.Refusal);
    }

    [Fact]
    public async Task With_the_right_certificate_the_caller_speaks_HTTP2_which_shows_that_the_certificate_was_what_mattered()
    {
        var (heard, _) = await LureAsync(AttackMesh.VictimVip4, new SslServerAuthenticationOptions { ServerCertificateContext = mesh.Genuine(AttackMesh.Victim) });
        Assert.NotEqual(0, heard);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    public async Task A_server_of_another_protocol_is_refused(string banner)
    {
        using var listener = mesh.Attacker.Listen(new IPEndPoint(IPAddress.IPv6Any, MeshPort));
        var lines = mesh.A.ReadAccessLog().Count;
        var call = LineServer.CallAsync(mesh.A.Machine, AttackMesh.WebUser, AttackMesh.VictimVip4);
        using var connection = await listener.AcceptAsync().WaitAsync(Until.DefaultTimeout);
        await connection.SendAsync(System.Text.Encoding.ASCII.GetBytes(banner));
        Assert.DoesNotContain("server", await call, StringComparison.Ordinal);
        await mesh.A.WaitForRefusalAsync("tls-handshake", lines);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up_in_time()
    {
        using var listener = mesh.Attacker.Listen(new IPEndPoint(IPAddress.IPv6Any, MeshPort));
        var lines = mesh.A.ReadAccessLog().Count;
        var call = LineServer.CallAsync(mesh.A.Machine, AttackMesh.WebUser, AttackMesh.VictimVip4);
        using var connection = await listener.AcceptAsync().WaitAsync(Until.DefaultTimeout);
        Assert.DoesNotContain("server", await call.WaitAsync(TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
        await mesh.A.WaitForRefusalAsync("timeout", lines);
    }

    [Fact]
    public async Task Openssl_with_a_certificate_of_its_own_is_refused()
    {
        (await mesh.Attacker.RunAsync(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=victim",
            "-addext", $"subjectAltName=URI:{AttackMesh.Victim}", "-keyout", "/run/tmp/own.key", "-out", "/run/tmp/own.crt")).EnsureSuccess();
        await using var server = mesh.Attacker.Start(
            "openssl", "s_server", "-accept", $"{MeshPort}", "-cert", "/run/tmp/own.crt", "-key", "/run/tmp/own.key", "-alpn", "h2", "-Verify", "1", "-verify_quiet");
        await server.WaitForListenerAsync(MeshPort);
        var lines = mesh.A.ReadAccessLog().Count;
        Assert.DoesNotContain("server", await LineServer.CallAsync(mesh.A.Machine, AttackMesh.WebUser, AttackMesh.VictimVip4), StringComparison.Ordinal);
        await mesh.A.WaitForRefusalAsync("tls-untrusted", lines);
        Assert.DoesNotContain("PRI", server.Output, StringComparison.Ordinal);
    }

    /// <summary>Lets web call the victim while the attacker listens: how much application data he hears, and what the caller's daemon logs.</summary>
    private async Task<(int Heard, AccessLogLine Line)> LureAsync(string vip, SslServerAuthenticationOptions options)
    {
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        using var listener = mesh.Attacker.Listen(new IPEndPoint(IPAddress.IPv6Any, MeshPort));
        var lines = mesh.A.ReadAccessLog().Count;
        var call = LineServer.CallAsync(mesh.A.Machine, AttackMesh.WebUser, vip);
        var heard = await HearAsync(listener, options);
        Assert.DoesNotContain("server", await call, StringComparison.Ordinal);
        await Until.TrueAsync(() => mesh.A.ReadAccessLog().Count > lines, "the caller's daemon to log the call");
        return (heard, mesh.A.ReadAccessLog()[lines]);
    }

    private static async Task<int> HearAsync(Socket listener, SslServerAuthenticationOptions options)
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await using var tls = new SslStream(new NetworkStream(await listener.AcceptAsync(cancel.Token), ownsSocket: true));
        try
        {
            await tls.AuthenticateAsServerAsync(options, cancel.Token);
            return await tls.ReadAsync(new byte[1024], cancel.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return 0;
        }
    }
}
