using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Grpc.Net.Client;
using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>
/// Connections to one controller under one identity: TLS 1.3, the controller proves itself with its SVID, the node with its own where it has one. On the
/// thread pool; lives until the identity changes or another controller is tried.
/// </summary>
internal sealed class ControllerLink : IDisposable
{
    private const int MaxAnswerBytes = 1024 * 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly SocketsHttpHandler _handler;
    private readonly X509Certificate2? _certificate;
    private readonly X509Certificate2Collection _issuers = [];
    private readonly HttpClient _http;
    private readonly GrpcChannel _grpc;

    /// <param name="address"><c>host:port</c>.</param>
    /// <param name="judge">Says why the controller is not trusted, given the chain it shows; null when it is.</param>
    /// <param name="identity">Null before the node has joined.</param>
    /// <param name="mark">Keeps the connection from being redirected to the daemon itself.</param>
    public ControllerLink(string address, Func<IReadOnlyList<ReadOnlyMemory<byte>>, string?> judge, X509Svid? identity, uint mark)
    {
        if (identity is not null)
        {
            using var key = System.Security.Cryptography.ECDsa.Create();
            key.ImportPkcs8PrivateKey(identity.PrivateKey.Span, out _);
            using var leaf = X509CertificateLoader.LoadCertificate(identity.Chain[0].Span);
            _certificate = leaf.CopyWithPrivateKey(key);
            foreach (var issuer in identity.Chain.Skip(1))
            {
                _issuers.Add(X509CertificateLoader.LoadCertificate(issuer.Span));
            }
        }

        _handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, mark, cancellation),
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateChainPolicy = SentChain.Unjudged(),
                AllowTlsResume = false,
                ClientCertificateContext = _certificate is null ? null : SslStreamCertificateContext.Create(_certificate, _issuers, offline: true),
                RemoteCertificateValidationCallback = (_, certificate, chain, _) => (Refusal = certificate is null ? "it shows no certificate" : judge(SentChain.Of(certificate, chain))) is null,
            },
        };
        var uri = new Uri($"https://{address}");
        _http = new HttpClient(_handler, disposeHandler: false)
        {
            BaseAddress = uri,
            DefaultRequestVersion = HttpVersion.Version20,
            MaxResponseContentBufferSize = MaxAnswerBytes,
            Timeout = TimeSpan.FromSeconds(20),
        };
        _grpc = GrpcChannel.ForAddress(uri, new GrpcChannelOptions { HttpHandler = _handler, DisposeHttpClient = false });
        Address = address;
    }

    public string Address { get; }

    public GrpcChannel Grpc => _grpc;

    /// <summary>Why the controller was not trusted the last time it showed a certificate; null when it was.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Trusts a controller that one of the bundle's authorities vouches for.</summary>
    public static Func<IReadOnlyList<ReadOnlyMemory<byte>>, string?> TrustedBy(TrustBundle bundle, TimeProvider time) => chain =>
    {
        var validation = new SvidValidator(new TrustBundleSet([bundle]), time).Validate(chain, MeshIds.Controller(bundle.TrustDomain));
        return validation.IsValid ? null : validation.Detail;
    };

    /// <summary>Asks for something with a body.</summary>
    /// <exception cref="ControlPlaneException">There is no right answer.</exception>
    public async Task<CertificatesMessage> PostAsync<T>(string path, T message, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var answer = await TellAsync(path, message, type, cancellation);
        try
        {
            return JsonSerializer.Deserialize(answer, EnrollmentJson.Form.CertificatesMessage) ?? throw new JsonException("the answer is null");
        }
        catch (JsonException exception)
        {
            throw new ControlPlaneException($"the controller at {Address} answered with what is not right: {exception.Message}", exception);
        }
    }

    /// <summary>Says something; gives the body of the answer.</summary>
    /// <exception cref="ControlPlaneException">It is not taken.</exception>
    public async Task<byte[]> TellAsync<T>(string path, T message, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(message, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content, Version = HttpVersion.Version20 };
        return await SendAsync(request, cancellation);
    }

    /// <exception cref="ControlPlaneException">There is no right answer.</exception>
    public async Task<byte[]> GetAsync(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = HttpVersion.Version20 };
        return await SendAsync(request, cancellation);
    }

    public void Dispose()
    {
        _grpc.Dispose();
        _http.Dispose();
        _handler.Dispose();
        _certificate?.Dispose();
        foreach (var issuer in _issuers)
        {
            issuer.Dispose();
        }
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, uint mark, CancellationToken cancellation) =>
        await ConnectAsync(await Dns.GetHostAddressesAsync(target.Host, cancellation), target.Port, mark, cancellation);

    /// <summary>Connects to the first address that answers. One that swallows what is sent to it, as a broken IPv6 does, takes no more than its share of the time.</summary>
    internal static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, uint mark, CancellationToken cancellation)
    {
        for (var i = 0; ; i++)
        {
            var isLast = i + 1 == addresses.Length;
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (!isLast)
            {
                attempt.CancelAfter(ConnectTimeout / addresses.Length);
            }

            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                SocketMark.Set(socket, mark);
                await socket.ConnectAsync(addresses[i], port, attempt.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception exception) when (!isLast && !cancellation.IsCancellationRequested && exception is SocketException or OperationCanceledException)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private async Task<byte[]> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            var body = await response.Content.ReadAsByteArrayAsync(cancellation);
            return response.IsSuccessStatusCode
                ? body
                : throw new ControlPlaneException($"the controller at {Address} refuses {request.RequestUri}: {DetailOf(body, response.StatusCode)}");
        }
        catch (HttpRequestException exception)
        {
            throw new ControlPlaneException($"the controller at {Address} cannot be used: {Refusal ?? exception.Message}", exception);
        }
        catch (TaskCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new ControlPlaneException($"the controller at {Address} does not answer", exception);
        }
    }

    private static string DetailOf(byte[] body, HttpStatusCode status)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.TryGetProperty("detail", out var detail) && detail.GetString() is { } text ? text : $"{status}";
        }
        catch (JsonException)
        {
            return $"{status}";
        }
    }
}
