using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Controller.Lifecycle;
using NodeMesh.Controller.Options;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>A whole controller in this process, asked over its unix socket as root and over TLS as whoever the test is.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nodemesh-server-");
    private readonly HttpClient _local;
    private ControllerServer _server;

    private RunningServer(ManualTime time, Func<ControllerOptions, ControllerOptions> also)
    {
        Time = time;
        Options = also(new ControllerOptions
        {
            TrustDomain = TestController.TrustDomain,
            Data = Path.Combine(_directory.FullName, "data"),
            Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
            Socket = Path.Combine(_directory.FullName, "api.sock"),
            Operators = [new OperatorGrant(Alice, OperatorRole.Admin)],
        });
        _server = new ControllerServer(Options, "test", time, NullLoggerFactory.Instance);
        _local = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, cancellation) => ConnectAsync(Options.Socket, cancellation) })
        {
            BaseAddress = new Uri("http://controller"),
        };
    }

    public static SpiffeId Alice { get; } = SpiffeId.Parse("spiffe://test.example/ns/ops/sa/alice");

    public ControllerOptions Options { get; private set; }

    public ManualTime Time { get; }

    /// <summary>A request that asks for it and no other name.</summary>
    public static CertificateSigningRequest RequestOf(string id) => CertificateSigningRequest.Create(SpiffeId.Parse($"spiffe://test.example{id}"));

    public Uri TlsAddress => new(_server.Addresses.Single(address => address.StartsWith("https:", StringComparison.Ordinal)));

    public Uri MetricsAddress => new(_server.Addresses.Single(address => address.StartsWith("http://127", StringComparison.Ordinal)));

    public static async Task<RunningServer> StartAsync(Func<ControllerOptions, ControllerOptions>? also = null)
    {
        var running = new RunningServer(new ManualTime(), also ?? (options => options));
        try
        {
            await running._server.StartAsync();
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it, and begins again with what it kept.</summary>
    /// <param name="also">Changes its settings meanwhile.</param>
    public async Task RestartAsync(Func<ControllerOptions, ControllerOptions>? also = null)
    {
        await _server.DisposeAsync();
        Options = also?.Invoke(Options) ?? Options;
        _server = new ControllerServer(Options, "test", Time, NullLoggerFactory.Instance);
        await _server.StartAsync();
    }

    /// <summary>What SIGHUP does; gives what it logged.</summary>
    /// <param name="read">The settings, as the file says them then.</param>
    public IReadOnlyList<string> Reload(Func<ControllerOptions> read)
    {
        var log = new CollectedLog();
        new SettingsReload(Options, read, _server.Operators, log).Run();
        return log.Lines;
    }

    /// <summary>What root is answered.</summary>
    public Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(HttpMethod method, string path, JsonNode? body = null) => AskAsync(_local, method, path, body);

    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, body) = await AskAsync(HttpMethod.Get, path);
        return status == HttpStatusCode.OK ? body : throw new InvalidOperationException($"{path}: {status}: {body}");
    }

    /// <summary>Applies resources, which must be right; gives the revision.</summary>
    public async Task<long> ApplyAsync(string yaml)
    {
        var (status, body) = await TryApplyAsync(yaml);
        return status == HttpStatusCode.OK ? body.GetProperty("revision").GetInt64() : throw new InvalidOperationException($"{status}: {body}");
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> TryApplyAsync(string yaml) =>
        AskAsync(HttpMethod.Post, "v1/apply", new JsonObject { ["files"] = new JsonArray(new JsonObject { ["name"] = "test.yaml", ["content"] = yaml }) });

    /// <summary>An answer that goes on, as root.</summary>
    public async Task<StreamReader> StreamAsync(string path)
    {
        var response = await _local.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    /// <summary>What is answered over TLS to who shows a certificate, or none.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> AskAsAsync(X509Svid? svid, HttpMethod method, string path, JsonNode? body = null)
    {
        using var client = ClientOf(svid);
        return await AskAsync(client, method, path, body);
    }

    /// <summary>What is answered over TLS to who shows a certificate that is no SVID.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> AskWithAsync(X509Certificate2 certificate, HttpMethod method, string path, JsonNode? body = null)
    {
        using var client = new HttpClient(HandlerOf(certificate)) { BaseAddress = TlsAddress };
        return await AskAsync(client, method, path, body);
    }

    public HttpClient ClientOf(X509Svid? svid) => new(HandlerOf(svid)) { BaseAddress = TlsAddress };

    public static SocketsHttpHandler HandlerOf(X509Svid? svid)
    {
        if (svid is null)
        {
            return HandlerOf((SslStreamCertificateContext?)null);
        }

        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(svid.PrivateKey.Span, out _);
        using var leaf = X509CertificateLoader.LoadCertificate(svid.Chain[0].Span);
        return HandlerOf(SslStreamCertificateContext.Create(
            leaf.CopyWithPrivateKey(key), [.. svid.Chain.Skip(1).Select(der => X509CertificateLoader.LoadCertificate(der.Span))], offline: true));
    }

    /// <param name="certificate">With its key.</param>
    public static SocketsHttpHandler HandlerOf(X509Certificate2 certificate) => HandlerOf(SslStreamCertificateContext.Create(certificate, null, offline: true));

    private static SocketsHttpHandler HandlerOf(SslStreamCertificateContext? own)
    {
        // Whether the controller proves to be it is for other tests.
        return new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { ClientCertificateContext = own, RemoteCertificateValidationCallback = (_, _, _, _) => true },
        };
    }

    public async Task<string> TokenAsync(string node)
    {
        var (status, body) = await AskAsync(HttpMethod.Post, $"v1/nodes/{node}/tokens", new JsonObject { ["ttlSeconds"] = 600 });
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(JoinTokenText.TryRead(body.GetProperty("token").GetString()!, out var secret, out _));
        return secret;
    }

    public async Task<X509Svid> JoinAsync(string node)
    {
        var request = RequestOf($"/nodemesh/node/{node}");
        return Complete(request, await JoinAsync(await TokenAsync(node), request));
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> JoinAsync(string secret, CertificateSigningRequest request) =>
        AskAsAsync(null, HttpMethod.Post, "v1/join", new JsonObject { ["secret"] = secret, ["request"] = Convert.ToBase64String(request.Der.Span) });

    public Task<(HttpStatusCode Status, JsonElement Body)> RenewAsync(X509Svid svid, CertificateSigningRequest request) =>
        AskAsAsync(svid, HttpMethod.Post, "v1/renew", new JsonObject { ["request"] = Convert.ToBase64String(request.Der.Span) });

    public Task<(HttpStatusCode Status, JsonElement Body)> SignAsync(X509Svid svid, string id, CertificateSigningRequest request) => AskAsAsync(
        svid, HttpMethod.Post, "v1/certificates", new JsonObject { ["id"] = $"spiffe://test.example{id}", ["request"] = Convert.ToBase64String(request.Der.Span) });

    public static X509Svid Complete(CertificateSigningRequest request, (HttpStatusCode Status, JsonElement Body) answer)
    {
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer.Status}: {answer.Body}");
        return request.Complete([.. answer.Body.GetProperty("chain").EnumerateArray().Select(item => (ReadOnlyMemory<byte>)item.GetBytesFromBase64())]);
    }

    /// <summary>An operator's certificate, from the controller's own authority.</summary>
    public X509Svid Issue(SpiffeId id)
    {
        var request = CertificateSigningRequest.Create(id);
        return request.Complete(AuthorityDirectory.Open(Options.AuthorityPath, time: Time).Sign(request.Der, id));
    }

    public async ValueTask DisposeAsync()
    {
        _local.Dispose();
        await _server.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(HttpClient client, HttpMethod method, string path, JsonNode? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await client.SendAsync(request);
        var content = await response.Content.ReadAsByteArrayAsync();
        using var json = content.Length == 0 ? null : JsonDocument.Parse(content);
        return (response.StatusCode, json?.RootElement.Clone() ?? default);
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
