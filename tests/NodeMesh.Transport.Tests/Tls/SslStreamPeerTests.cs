using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>.NET's SslStream as peer, in both roles.</summary>
public sealed class SslStreamPeerTests : IDisposable
{
    private readonly Mesh _mesh = new();

    [Fact]
    public async Task SslStream_as_client_is_identified_and_exchanges_bytes()
    {
        using var server = new TestServer(_mesh.Server);
        using var certificate = _mesh.Authority.Issue("/cart").WithKey();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Port);
        byte[]? seen = null;
        await using (var stream = new SslStream(tcp.GetStream()))
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = IdentityServerName.For(Mesh.Stock),
                ClientCertificates = [certificate],
                EnabledSslProtocols = SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                CertificateChainPolicy = Policy(),
                RemoteCertificateValidationCallback = (_, peer, _, errors) =>
                {
                    seen = peer!.GetRawCertData();
                    return IsTrusted(errors);
                },
            });
            Assert.Equal(SslApplicationProtocol.Http2, stream.NegotiatedApplicationProtocol);

            var sent = new byte[200_000];
            new Random(1).NextBytes(sent);
            var received = new byte[sent.Length];
            var write = stream.WriteAsync(sent).AsTask();
            await stream.ReadExactlyAsync(received);
            await write;
            Assert.Equal(sent, received);
            await stream.ShutdownAsync();
        }

        using var presented = X509CertificateLoader.LoadCertificate(seen!);
        var names = presented.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Contains("spiffe://mesh.test/stock", System.Text.Encoding.ASCII.GetString(names.RawData), StringComparison.Ordinal);
        var result = server.Next();
        Assert.Equal(TlsStatus.Closed, result.Status);
        Assert.Equal(Mesh.Cart, result.PeerId);
        Assert.Equal(LinkProtocol.Hbone, result.Protocol);
    }

    [Fact]
    public async Task SslStream_without_a_client_certificate_is_refused()
    {
        using var server = new TestServer(_mesh.Server);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Port);
        await using var stream = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, _, _, errors) => IsTrusted(errors));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "",
            CertificateChainPolicy = Policy(),
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        });

        await Assert.ThrowsAsync<IOException>(async () => await stream.ReadExactlyAsync(new byte[1]));
        Assert.Equal(TlsFailureCode.NoPeerCertificate, server.Next().Failure!.Code);
    }

    [Fact]
    public async Task SslStream_as_server_is_verified_and_exchanges_bytes()
    {
        using var certificate = _mesh.Authority.Issue("/orders").WithKey();
        using var sockets = new SocketPair();
        sockets.Server.Blocking = true;
        await using var stream = new SslStream(new NetworkStream(sockets.Server));
        X509Certificate? client = null;
        string? serverName = null;
        var authenticate = stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                serverName = name;
                return certificate;
            },
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            CertificateChainPolicy = Policy(),
            RemoteCertificateValidationCallback = (_, peer, _, errors) =>
            {
                client = peer;
                return IsTrusted(errors);
            },
        });
        using var session = _mesh.Client.CreateSession(SocketPair.Descriptor(sockets.Client), Mesh.Cart, sockets.Address, Mesh.Orders);
        await DriveAsync(session, sockets.Client);
        await authenticate;

        Assert.Equal(Mesh.Orders, session.PeerId);
        Assert.Equal(LinkProtocol.Hbone, session.Protocol);
        Assert.Equal(IdentityServerName.For(Mesh.Orders), serverName);
        Assert.NotNull(client);
        await stream.WriteAsync("hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), Link.ReadExactly(session, sockets.Client, 5));
        Link.WriteAll(session, sockets.Client, "there"u8);
        var buffer = new byte[5];
        await stream.ReadExactlyAsync(buffer);
        Assert.Equal("there"u8.ToArray(), buffer);
        session.Shutdown();
        Assert.Equal(0, await stream.ReadAsync(buffer));
    }

    [Fact]
    public async Task SslStream_of_another_identity_is_refused()
    {
        using var certificate = _mesh.Authority.Issue("/stock").WithKey();
        using var sockets = new SocketPair();
        sockets.Server.Blocking = true;
        await using var stream = new SslStream(new NetworkStream(sockets.Server));
        var authenticate = stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            CertificateChainPolicy = Policy(),
            RemoteCertificateValidationCallback = (_, _, _, errors) => IsTrusted(errors),
        });
        using var session = _mesh.Client.CreateSession(SocketPair.Descriptor(sockets.Client), Mesh.Cart, sockets.Address, Mesh.Orders);

        Assert.Equal(TlsStatus.Failed, await DriveAsync(session, sockets.Client));
        Assert.Equal(TlsFailureCode.UnexpectedIdentity, session.Failure!.Code);
        sockets.Client.Shutdown(SocketShutdown.Send);
        await Assert.ThrowsAsync<AuthenticationException>(() => authenticate);
    }

    public void Dispose() => _mesh.Dispose();

    // An SVID need not carry the host name.
    private static bool IsTrusted(SslPolicyErrors errors) => (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;

    private X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { _mesh.Authority.Root },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    private static Task<TlsStatus> DriveAsync(TlsSession session, Socket socket) => Task.Run(() =>
    {
        while (true)
        {
            var status = session.Handshake();
            if (status is not (TlsStatus.WantRead or TlsStatus.WantWrite))
            {
                return status;
            }

            Assert.True(socket.Poll(TimeSpan.FromSeconds(20), status == TlsStatus.WantRead ? SelectMode.SelectRead : SelectMode.SelectWrite));
        }
    });
}
