using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Xds;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Enrollment;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.ControllerScale;

/// <summary>
/// A node as far as the controller can tell: it joins with a token, and has a TLS connection and a delta stream of its own, which it opens again, after the
/// pauses of nodemeshd, when it breaks.
/// </summary>
/// <param name="digests">What a node says it has, by revision: the same for all, so one of them works it out.</param>
internal sealed class SimulatedNode(string name, IPEndPoint controller, Arrivals arrivals, ConcurrentDictionary<string, string> digests, bool reads) : IAsyncDisposable
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly DeltaState _state = new(TypeUrls.Resource);
    private readonly X509Certificate2Collection _issuers = [];
    private X509Certificate2? _certificate;
    private Task _running = Task.CompletedTask;
    private string _version = "";

    /// <summary>How often the stream broke.</summary>
    public int Breaks { get; private set; }

    public string? Problem { get; private set; }

    public async Task JoinAsync(string token)
    {
        if (!JoinTokenText.TryRead(token, out var secret, out _))
        {
            throw new InvalidOperationException("the controller made a token that is none");
        }

        var request = CertificateSigningRequest.Create(MeshIds.Node(TrustDomain.Parse(ScaleMesh.TrustDomain), name));
        using var handler = Handler(null, null);
        using var http = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20 };
        using var answer = await http.PostAsJsonAsync(
            new Uri($"https://{controller}/v1/join"), new JoinMessage(secret, request.Der.ToArray()), EnrollmentJson.Form.JoinMessage);
        answer.EnsureSuccessStatusCode();
        var chain = (await answer.Content.ReadFromJsonAsync(EnrollmentJson.Form.CertificatesMessage))!.Chain;
        var svid = request.Complete([.. chain.Select(certificate => (ReadOnlyMemory<byte>)certificate)]);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(svid.PrivateKey.Span, out _);
        using var leaf = X509CertificateLoader.LoadCertificate(svid.Chain[0].Span);
        _certificate = leaf.CopyWithPrivateKey(key);
        foreach (var issuer in svid.Chain.Skip(1))
        {
            _issuers.Add(X509CertificateLoader.LoadCertificate(issuer.Span));
        }
    }

    public void Start() => _running = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _certificate?.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = LeastPause;
        while (!_stopping.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                await StreamAsync();
                return;
            }
            catch (RpcException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is RpcException or InvalidOperationException)
            {
                Breaks++;
                Problem = exception is RpcException rpc ? rpc.Status.Detail : exception.Message;
            }

            pause = Stopwatch.GetElapsedTime(began) > LongestPause ? LeastPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), _stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task StreamAsync()
    {
        using var handler = Handler(_certificate, _issuers);
        using var channel = GrpcChannel.ForAddress($"https://{controller}", new GrpcChannelOptions { HttpHandler = handler, MaxReceiveMessageSize = 4 * 1024 * 1024 });
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(ResponseHead.Stream, null, new CallOptions(cancellationToken: _stopping.Token));
        await call.RequestStream.WriteAsync(DeltaState.Begin(TypeUrls.TrustBundle, name, ""), _stopping.Token);
        await call.RequestStream.WriteAsync(DeltaState.Begin(TypeUrls.Resource, name, digests.GetValueOrDefault(_version, "")), _stopping.Token);
        while (await call.ResponseStream.MoveNext(_stopping.Token))
        {
            var response = call.ResponseStream.Current;
            if (string.Equals(response.TypeUrl, TypeUrls.Resource, StringComparison.Ordinal))
            {
                Receive(response);
            }

            await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce }, _stopping.Token);
        }
    }

    private void Receive(ResponseHead response)
    {
        if (reads)
        {
            var whole = _state.Receive(DeltaDiscoveryResponse.Parser.ParseFrom(response.Encoded.Span));
            if (whole)
            {
                digests[response.Version] = _state.Digest;
            }
        }

        if (response.Version.Length > 0)
        {
            _version = response.Version;
            arrivals.Arrived(name, long.Parse(response.Version, CultureInfo.InvariantCulture));
        }
    }

    private static SocketsHttpHandler Handler(X509Certificate2? certificate, X509Certificate2Collection? issuers) => new()
    {
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        KeepAlivePingDelay = TimeSpan.FromSeconds(10),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            AllowTlsResume = false,
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, issuers, offline: true),

            // Who the controller is does not matter here, and proving it a thousand times would be measured.
#pragma warning disable CA5359
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
        },
    };
}
