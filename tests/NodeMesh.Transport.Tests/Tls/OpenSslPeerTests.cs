using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>The openssl programs as peers, in both roles.</summary>
public sealed class OpenSslPeerTests : IDisposable
{
    private readonly Mesh _mesh = new();
    private readonly PemFiles _files = new();

    [Fact]
    public void S_client_is_identified_and_sees_the_identity_it_names()
    {
        using var server = new TestServer(_mesh.Server);
        using var client = Client(server, _mesh.Authority.Issue("/cart"), "-servername", IdentityServerName.For(Mesh.Stock), "-alpn", "h2");
        client.WaitFor("Verify return code: 0 (ok)");
        client.Send("hello");
        client.WaitFor("hello");
        client.EndInput();
        var output = client.WaitForExit();
        var result = server.Next();

        Assert.Equal(Mesh.Cart, result.PeerId);
        Assert.Equal(Mesh.Stock, result.LocalId);
        Assert.Equal(IdentityServerName.For(Mesh.Stock), result.ServerName);
        Assert.Contains("ALPN protocol: h2", output, StringComparison.Ordinal);
        Assert.Contains("New, TLSv1.3", output, StringComparison.Ordinal);
        Assert.Contains("Server Temp Key: X25519", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256")]
    [InlineData("TLS_AES_256_GCM_SHA384")]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256")]
    public void Each_cipher_suite_is_spoken(string suite)
    {
        using var server = new TestServer(_mesh.Server);
        using var client = Client(server, _mesh.Authority.Issue("/cart"), "-alpn", "h2", "-ciphersuites", suite);
        client.WaitFor("Verify return code: 0 (ok)");
        client.EndInput();
        client.WaitForExit();

        Assert.Equal(suite, server.Next().Cipher);
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    public void A_client_without_X25519_is_answered_too(string group)
    {
        using var server = new TestServer(_mesh.Server);
        using var client = Client(server, _mesh.Authority.Issue("/cart"), "-alpn", "h2", "-groups", group);
        client.WaitFor("Verify return code: 0 (ok)");
        client.EndInput();
        client.WaitForExit();

        Assert.Equal(Mesh.Cart, server.Next().PeerId);
    }

    [Fact]
    public void A_client_that_must_retry_its_hello_is_answered_under_the_same_identity()
    {
        using var server = new TestServer(_mesh.Server);

        // s_client sends a key share of its first group alone, which we do not take.
        using var client = Client(
            server,
            _mesh.Authority.Issue("/cart"),
            "-alpn",
            "h2",
            "-groups",
            "P-521:P-256",
            "-servername",
            IdentityServerName.For(Mesh.Stock));
        client.WaitFor("Verify return code: 0 (ok)");
        client.EndInput();
        client.WaitForExit();

        Assert.Equal(Mesh.Stock, server.Next().LocalId);
    }

    [Fact]
    public void TLS_1_2_is_refused()
    {
        using var server = new TestServer(_mesh.Server);
        using var client = Client(server, _mesh.Authority.Issue("/cart"), "-alpn", "h2", "-tls1_2");
        var output = client.WaitForExit();

        Assert.Contains("alert protocol version", output, StringComparison.Ordinal);
        Assert.Equal(TlsFailureCode.UnsupportedVersion, server.Next().Failure!.Code);
    }

    [Fact]
    public void A_client_without_a_certificate_is_refused()
    {
        using var server = new TestServer(_mesh.Server);
        using var client = new OpenSslCommand("s_client", "-connect", server.Address, "-alpn", "h2");
        var output = client.WaitForExit();
        var result = server.Next();

        Assert.Equal(TlsFailureCode.NoPeerCertificate, result.Failure!.Code);
        Assert.Contains("certificate required", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_of_a_wrong_authority_is_refused()
    {
        using var impostor = TestAuthority.Create();
        using var server = new TestServer(_mesh.Server);
        using var client = Client(server, impostor.Issue("/cart"), "-alpn", "h2");
        var output = client.WaitForExit();

        Assert.Contains("unknown ca", output, StringComparison.Ordinal);
        Assert.Equal(TlsFailureCode.UntrustedPeer, server.Next().Failure!.Code);
    }

    [Fact]
    public void An_expired_client_is_refused()
    {
        using var server = new TestServer(_mesh.Server);
        using var client = Client(
            server,
            _mesh.Authority.Issue(["spiffe://mesh.test/cart"], TimeSpan.FromHours(-2), TimeSpan.FromHours(-1)),
            "-alpn",
            "h2");
        var output = client.WaitForExit();

        Assert.Contains("certificate expired", output, StringComparison.Ordinal);
        Assert.Equal(TlsFailureCode.PeerCertificateExpired, server.Next().Failure!.Code);
    }

    [Theory]
    [InlineData("http/1.1")]
    [InlineData(null)]
    public void A_client_that_does_not_offer_h2_is_refused(string? offered)
    {
        using var server = new TestServer(_mesh.Server);
        using var client = Client(server, _mesh.Authority.Issue("/cart"), offered is null ? [] : ["-alpn", offered]);
        var output = client.WaitForExit();

        Assert.Contains("no application protocol", output, StringComparison.Ordinal);
        Assert.Equal(TlsFailureCode.NoApplicationProtocol, server.Next().Failure!.Code);
    }

    [Fact]
    public void A_session_that_s_client_kept_is_resumed_for_the_same_identity_only()
    {
        using var server = new TestServer(_mesh.Server);
        var leaf = _mesh.Authority.Issue("/cart");
        string[] common = ["-alpn", "h2", "-servername", IdentityServerName.For(Mesh.Stock)];
        using (var first = Client(server, leaf, [.. common, "-sess_out", _files.PathOf("session")]))
        {
            first.WaitFor("Post-Handshake New Session Ticket arrived");
            first.EndInput();
            first.WaitForExit();
        }

        using (var second = Client(server, leaf, [.. common, "-sess_in", _files.PathOf("session")]))
        {
            second.WaitFor("Reused, TLSv1.3");
            second.EndInput();
            second.WaitForExit();
        }

        string[] another = ["-alpn", "h2", "-servername", IdentityServerName.For(Mesh.Orders)];
        using (var third = Client(server, leaf, [.. another, "-sess_in", _files.PathOf("session")]))
        {
            third.WaitFor("New, TLSv1.3");
            third.EndInput();
            third.WaitForExit();
        }

        Assert.False(server.Next().WasResumed);
        var resumed = server.Next();
        Assert.True(resumed.WasResumed);
        Assert.Equal(Mesh.Cart, resumed.PeerId);
        Assert.Equal(Mesh.Stock, resumed.LocalId);
        var other = server.Next();
        Assert.False(other.WasResumed);
        Assert.Equal(Mesh.Cart, other.PeerId);
        Assert.Equal(Mesh.Orders, other.LocalId);
    }

    [Fact]
    public void A_kept_session_is_refused_early_data()
    {
        using var server = new TestServer(_mesh.Server);
        var leaf = _mesh.Authority.Issue("/cart");
        using (var first = Client(server, leaf, "-alpn", "h2", "-sess_out", _files.PathOf("session")))
        {
            first.WaitFor("Post-Handshake New Session Ticket arrived");
            first.EndInput();
            Assert.Contains("Max Early Data: 0", first.WaitForExit(), StringComparison.Ordinal);
        }

        Assert.Equal(TlsStatus.Closed, server.Next().Status);
    }

    [Fact]
    public void Our_client_speaks_with_s_server()
    {
        using var server = Server(_mesh.Authority.Issue("/orders"), "-alpn", "h2", "-Verify", "1", "-verify_return_error", "-CAfile", _files.Root(_mesh.Authority));
        using var link = new ClientLink(_mesh.Client, server.Port, Mesh.Orders);

        Assert.True(link.Handshake() == TlsStatus.Done, $"{link.Session.Failure}");
        Assert.Equal(Mesh.Orders, link.Session.PeerId);
        Link.WriteAll(link.Session, link.Socket, "GET /\n"u8);
        Assert.Equal("\n/ TEG"u8.ToArray()[1..], Link.ReadExactly(link.Session, link.Socket, 5));
    }

    [Fact]
    public void Our_client_refuses_an_s_server_without_h2()
    {
        using var server = Server(_mesh.Authority.Issue("/orders"));
        using var link = new ClientLink(_mesh.Client, server.Port, Mesh.Orders);

        Assert.Equal(TlsStatus.Failed, link.Handshake());
        Assert.Equal(TlsFailureCode.NoApplicationProtocol, link.Session.Failure!.Code);
    }

    [Fact]
    public void Our_client_refuses_an_s_server_of_TLS_1_2()
    {
        using var server = Server(_mesh.Authority.Issue("/orders"), "-alpn", "h2", "-tls1_2");
        using var link = new ClientLink(_mesh.Client, server.Port, Mesh.Orders);

        Assert.Equal(TlsStatus.Failed, link.Handshake());
        Assert.Equal((byte)70, link.Session.Failure!.Alert);
    }

    [Fact]
    public void Our_client_resumes_with_s_server()
    {
        using var server = Server(_mesh.Authority.Issue("/orders"), "-alpn", "h2", "-Verify", "1");
        using (var first = new ClientLink(_mesh.Client, server.Port, Mesh.Orders))
        {
            Assert.Equal(TlsStatus.Done, first.Handshake());
            Link.WriteAll(first.Session, first.Socket, "one\n"u8);
            Link.ReadExactly(first.Session, first.Socket, 4);
            first.Session.Shutdown();
        }

        using var second = new ClientLink(_mesh.Client, server.Port, Mesh.Orders);
        Assert.Equal(TlsStatus.Done, second.Handshake());
        Assert.True(second.Session.WasResumed);
        Assert.Equal(Mesh.Orders, second.Session.PeerId);
    }

    public void Dispose()
    {
        _files.Dispose();
        _mesh.Dispose();
    }

    private OpenSslCommand Client(TestServer server, TestLeaf leaf, params string[] more) => new(
        ["s_client", "-connect", server.Address, "-CAfile", _files.Root(_mesh.Authority), .. _files.Arguments(leaf), .. more]);

    private SServer Server(TestLeaf leaf, params string[] more) => new([.. _files.Arguments(leaf), .. more]);

    private sealed class SServer : IDisposable
    {
        private readonly OpenSslCommand _command;

        public SServer(string[] arguments)
        {
            // -rev answers each line reversed. Port 0 lets the kernel choose; the program prints which.
            _command = new OpenSslCommand(["s_server", "-accept", "127.0.0.1:0", "-rev", .. arguments]);
            _command.WaitFor("ACCEPT 127.0.0.1:");
            var printed = _command.Output;
            var start = printed.IndexOf("ACCEPT 127.0.0.1:", StringComparison.Ordinal) + "ACCEPT 127.0.0.1:".Length;
            Port = ushort.Parse(printed.AsSpan(start).TrimEnd().ToString().Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture);
        }

        public ushort Port { get; }

        public void Dispose() => _command.Dispose();
    }

    private sealed class ClientLink : IDisposable
    {
        public ClientLink(TlsClientContext context, ushort port, params Spiffe.SpiffeId[] expected)
        {
            Socket.Connect(IPAddress.Loopback, port);
            Socket.Blocking = false;
            Session = context.CreateSession(SocketPair.Descriptor(Socket), Mesh.Cart, IpEndpoint.From(IPAddress.Loopback, port), expected);
        }

        public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public TlsSession Session { get; }

        public TlsStatus Handshake()
        {
            while (true)
            {
                var status = Session.Handshake();
                if (status is not (TlsStatus.WantRead or TlsStatus.WantWrite))
                {
                    return status;
                }

                Assert.True(Socket.Poll(TimeSpan.FromSeconds(20), status == TlsStatus.WantRead ? SelectMode.SelectRead : SelectMode.SelectWrite));
            }
        }

        public void Dispose()
        {
            Session.Dispose();
            Socket.Dispose();
        }
    }
}
