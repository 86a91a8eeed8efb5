using System.Net.Http.Json;
using System.Net.Security;
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

namespace NodeMesh.Cli.Tests.Controller;

/// <summary>A node that has joined by a token, and speaks to the controller as nodemeshd does; the test says how it answers what it receives.</summary>
public sealed class JoinedNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _name;
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> _call;
    private readonly DeltaState _state = new(TypeUrls.Resource);
    private readonly CancellationTokenSource _patience = new(Patience);

    private JoinedNode(string name, GrpcChannel channel)
    {
        _name = name;
        _channel = channel;
        _call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: _patience.Token);
    }

    public static async Task<JoinedNode> ConnectAsync(RunningController controller, string name, string token)
    {
        var request = CertificateSigningRequest.Create(MeshIds.Node(TrustDomain.Parse("example.org"), name));
        Assert.True(JoinTokenText.TryRead(token, out var secret, out _));
        using var unknown = new HttpClient(Handler(null)) { BaseAddress = new Uri(controller.TlsAddress) };
        using var response = await unknown.PostAsJsonAsync("v1/join", new JoinMessage(secret, request.Der.ToArray()), EnrollmentJson.Form.JoinMessage);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var answer = (await response.Content.ReadFromJsonAsync(EnrollmentJson.Form.CertificatesMessage))!;
        var svid = request.Complete([.. answer.Chain.Select(der => (ReadOnlyMemory<byte>)der)]);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(svid.PrivateKey.Span, out _);
        using var leaf = X509CertificateLoader.LoadCertificate(svid.Chain[0].Span);
        var own = SslStreamCertificateContext.Create(
            leaf.CopyWithPrivateKey(key), [.. svid.Chain.Skip(1).Select(der => X509CertificateLoader.LoadCertificate(der.Span))], offline: true);
        return new JoinedNode(name, GrpcChannel.ForAddress(controller.TlsAddress, new GrpcChannelOptions { HttpHandler = Handler(own), DisposeHttpClient = true }));
    }

    public Task BeginAsync() => _call.RequestStream.WriteAsync(_state.Begin(_name, byName: false));

    /// <summary>Receives what has changed, and acknowledges it, or refuses it where a reason is given.</summary>
    public async Task AnswerAsync(string? refusal = null)
    {
        DeltaDiscoveryResponse response;
        do
        {
            Assert.True(await _call.ResponseStream.MoveNext(_patience.Token));
            response = _call.ResponseStream.Current;
        }
        while (!_state.Receive(response));
        await _call.RequestStream.WriteAsync(DeltaState.Answer(response, refusal));
    }

    public async ValueTask DisposeAsync()
    {
        await _patience.CancelAsync();
        _call.Dispose();
        _channel.Dispose();
        _patience.Dispose();
    }

    private static SocketsHttpHandler Handler(SslStreamCertificateContext? own) => new()
    {
        // Whether the controller proves to be it is for other tests.
        SslOptions = new SslClientAuthenticationOptions { ClientCertificateContext = own, RemoteCertificateValidationCallback = (_, _, _, _) => true },
    };
}
