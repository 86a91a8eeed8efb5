using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Daemon.ControlPlane;

namespace NodeMesh.Daemon.Tests.ControlPlane;

/// <summary>How a daemon gets through to a controller, whose name may have several addresses, and past a false one.</summary>
public sealed class ControllerLinkTests
{
    private const string Dead = "127.0.0.2";
    private const string Alive = "127.0.0.3";

    [Fact]
    public async Task An_address_that_refuses_is_followed_by_the_next()
    {
        using var alive = Listen(Alive, 0, backlog: 1);
        await using var stream = await ControllerLink.ConnectAsync(Addresses, PortOf(alive), mark: 0, CancellationToken.None);
        using var accepted = await alive.AcceptAsync();
        Assert.True(accepted.Connected);
    }

    [Fact]
    public async Task An_address_that_swallows_everything_leaves_time_for_the_next()
    {
        using var alive = Listen(Alive, 0, backlog: 1);
        using var swallows = Listen(Dead, PortOf(alive), backlog: 0);
        using var waiting = new Sockets();
        while (await waiting.AddAsync(new IPEndPoint(IPAddress.Parse(Dead), PortOf(alive))))
        {
            // Once the queue of what nobody accepts is full, the kernel drops what comes.
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await using var stream = await ControllerLink.ConnectAsync(Addresses, PortOf(alive), mark: 0, patience.Token);
        using var accepted = await alive.AcceptAsync(patience.Token);
        Assert.True(accepted.Connected);
    }

    [Fact]
    public async Task Nothing_is_fetched_for_the_certificate_of_a_false_controller()
    {
        using var web = Listen(Dead, 0, backlog: 1);
        using var listener = Listen(Alive, 0, backlog: 1);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuer = new CertificateRequest("CN=Somebody", authorityKey, HashAlgorithmName.SHA256);
        issuer.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = issuer.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        var request = new CertificateRequest("CN=controller", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [$"http://{Dead}:{PortOf(web)}/ca.crt"]));
        using var issued = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);
        using var certificate = issued.CopyWithPrivateKey(key);
        using var link = new ControllerLink($"{Alive}:{PortOf(listener)}", _ => "it is a false one", identity: null, mark: 0);

        var asking = link.GetAsync("v1/bundle", CancellationToken.None);
        await using var stream = new SslStream(new NetworkStream(await listener.AcceptAsync(), ownsSocket: true));
        await Task.WhenAny(stream.AuthenticateAsServerAsync(Showing(certificate)), asking);

        await Assert.ThrowsAnyAsync<Exception>(() => asking);
        Assert.Equal("it is a false one", link.Refusal);
        Assert.False(web.Poll(0, SelectMode.SelectRead));
    }

    private static SslServerAuthenticationOptions Showing(X509Certificate2 certificate) =>
        new() { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [], offline: true), ApplicationProtocols = [SslApplicationProtocol.Http2] };

    private static IPAddress[] Addresses => [IPAddress.Parse(Dead), IPAddress.Parse(Alive)];

    private static Socket Listen(string address, int port, int backlog)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        socket.Listen(backlog);
        return socket;
    }

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    /// <summary>Connections that nobody takes.</summary>
    private sealed class Sockets : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

        private readonly List<Socket> _sockets = [];

        /// <summary>False when the connection is not made.</summary>
        public async Task<bool> AddAsync(IPEndPoint target)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await socket.ConnectAsync(target, patience.Token);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        public void Dispose() => _sockets.ForEach(socket => socket.Dispose());
    }
}
