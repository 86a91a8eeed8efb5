using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tests.Interception;

/// <summary>
/// A mesh peer in the test's hands: .NET's own TLS with a valid certificate, and HTTP/2 frames of which it may send whatever it likes.
/// </summary>
internal sealed class RawPeer : IHttp2ConnectionHandler, IDisposable
{
    private readonly TcpClient _tcp = new();
    private readonly Http2Options _options;
    private readonly ArrayBufferWriter<byte> _output = new();
    private SslStream _tls = null!;
    private byte[] _input = [];

    private RawPeer(Http2Options options)
    {
        _options = options;
        Engine = new Http2Connection(Http2Role.Client, options, this, _output, TimeProvider.System);
    }

    public Http2Connection Engine { get; }

    public SslStream Tls => _tls;

    /// <summary>Where the link comes from.</summary>
    public IpEndpoint Local => IpEndpoint.From((System.Net.IPEndPoint)_tcp.Client.LocalEndPoint!);

    public bool HasEnded { get; private set; }

    public Http2ErrorCode? GoAway { get; private set; }

    public Http2ErrorCode? LastReset { get; private set; }

    public (string Status, string? Refused)? Response { get; private set; }

    public StringBuilder Received { get; } = new();

    /// <summary>Shakes hands as a workload of <c>shop</c>; names the identity it wants by SNI, or none.</summary>
    /// <param name="midway">Called when the server has shown its certificate and has not seen ours.</param>
    public static async Task<RawPeer> ConnectAsync(
        MeshPair pair, string serviceAccount = "cart", string? wanted = "orders", Http2Options? options = null, X509Svid? svid = null, Action? midway = null)
    {
        var peer = new RawPeer(options ?? new Http2Options());
        await peer._tcp.ConnectAsync(pair.Server.MeshAddress.ToIPEndPoint());
        peer._tcp.NoDelay = true;
        Stream wire = midway is null ? peer._tcp.GetStream() : new HandshakeStream(peer._tcp.GetStream(), midway);
        peer._tls = new SslStream(wire, leaveInnerStreamOpen: false, (_, certificate, _, _) => IsOfTheMesh(pair, certificate!));
        svid ??= pair.Authority.Issue(pair.Authority.Id(serviceAccount));
        using var leaf = X509Certificate2.CreateFromPem(svid.ChainToPem(), "-----BEGIN PRIVATE KEY-----\n"
            + Convert.ToBase64String(svid.PrivateKey.Span, Base64FormattingOptions.InsertLineBreaks) + "\n-----END PRIVATE KEY-----");
        await peer._tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = wanted is null ? "" : IdentityServerName.For(pair.Authority.Id(wanted)),
            ClientCertificateContext = SslStreamCertificateContext.Create(leaf, null, offline: true),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            EnabledSslProtocols = SslProtocols.Tls13,
        });
        peer.Engine.Start();
        return peer;
    }

    /// <summary>Opens a stream; the answer is in <see cref="Response"/> once it came.</summary>
    public Http2Stream Request(string authority, string method = "CONNECT", params (string Name, string Value)[] headers)
    {
        var list = new HeaderList();
        list.Add(KnownHeader.Method, method);
        if (method != "CONNECT")
        {
            list.Add(KnownHeader.Scheme, "https");
        }

        list.Add(KnownHeader.Authority, authority);
        if (method != "CONNECT")
        {
            list.Add(KnownHeader.Path, "/");
        }

        foreach (var (name, value) in headers)
        {
            list.Add(name, value);
        }

        Assert.True(Engine.TryOpenStream(list, endStream: false, null, out var stream, out var failure), failure.ToString());
        return stream;
    }

    public async Task<(string Status, string? Refused)> AskAsync(string authority, string method = "CONNECT", params (string Name, string Value)[] headers)
    {
        Response = null;
        Request(authority, method, headers);
        await ExchangeUntilAsync(() => Response is not null);
        return Response!.Value;
    }

    public async Task FlushAsync()
    {
        await _tls.WriteAsync(_output.WrittenMemory);
        _output.ResetWrittenCount();
    }

    /// <summary>Sends what the engine has and takes what comes, until the condition holds or the peer ends the connection.</summary>
    public async Task ExchangeUntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Until.Patience);
        var buffer = new byte[64 * 1024];
        await FlushAsync();
        while (!condition() && !HasEnded)
        {
            int count;
            try
            {
                count = await _tls.ReadAsync(buffer, patience.Token);
            }
            catch (IOException)
            {
                count = 0;
            }

            HasEnded = count == 0;
            byte[] all = [.. _input, .. buffer.AsSpan(0, count)];
            _input = all[Engine.Receive(all)..];
            if (!HasEnded)
            {
                await FlushAsync();
            }
        }
    }

    /// <summary>Waits until the peer has ended the connection, whatever comes before.</summary>
    public async Task AssertIsEndedAsync()
    {
        await ExchangeUntilAsync(() => false);
        Assert.True(HasEnded);
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _tcp.Dispose();
    }

    private static bool IsOfTheMesh(MeshPair pair, X509Certificate certificate)
    {
        using var chain = new X509Chain();
        using var root = X509CertificateLoader.LoadCertificate(pair.Authority.RootCertificate.Span);
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(leaf);
    }

    void IHttp2ConnectionHandler.OnHeaders(Http2Stream stream, HeaderList headers, bool endStream) => Response = (
        headers.GetString(KnownHeader.Status)!,
        headers.TryGet("nodemesh-refused"u8, out var refused) ? Encoding.ASCII.GetString(refused) : null);

    void IHttp2ConnectionHandler.OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        Received.Append(Encoding.ASCII.GetString(data));
        stream.Consume(data.Length);
    }

    void IHttp2ConnectionHandler.OnTrailers(Http2Stream stream, HeaderList trailers)
    {
    }

    void IHttp2ConnectionHandler.OnReset(Http2Stream stream, Http2ErrorCode code) => LastReset = code;

    void IHttp2ConnectionHandler.OnSendWindow(Http2Stream stream)
    {
    }

    void IHttp2ConnectionHandler.OnGoAway(int lastStreamId, Http2ErrorCode code) => GoAway = code;

    void IHttp2ConnectionHandler.OnPingAck(ulong opaque)
    {
    }

    void IHttp2ConnectionHandler.OnConnectionError(Http2ErrorCode code, string reason)
    {
    }
}
