using NodeMesh.Proxy.Sessions;
using NodeMesh.Resources.Mesh;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>Limits and deadlines of mesh links.</summary>
internal sealed record MeshLinkOptions : Http2PoolOptions
{
    // Pseudo-header fields, and what daemons tell each other and applications about a request.
    private const int OwnFields = 16;
    private const int OwnBytes = 4096;

    // A link carries the requests of many clients, and what one of them takes back must not end it for all.
    private const int Clients = 10;

    public MeshLinkOptions() => Http2 = Http2 with { MaxConcurrentStreams = int.MaxValue };

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From CONNECT to the answer, which includes the far side's connect to its application.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a peer is told that this daemon understands; less than all makes it look like a daemon of another mesh.</summary>
    public LinkProtocol BestProtocol { get; init; } = LinkProtocol.NodeMesh;

    /// <summary>Links that one loop takes from peers, those still shaking hands among them.</summary>
    public int MaxInboundLinks { get; init; } = 4096;

    /// <summary>Bytes that the streams of one loop may hold for readers that do not keep up; see <see cref="StreamMemory"/>.</summary>
    public long MaxHeldBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Under the mesh's settings; what a daemon passes on that its own limits let in, the next one takes.</summary>
    public MeshLinkOptions Under(HttpSettings settings) => this with
    {
        HeaderTimeout = settings.HeaderTimeout,
        Http2 = LimitedBy(settings, OwnFields, OwnBytes, Clients) with
        {
            MaxConcurrentStreams = Math.Min(Http2.MaxConcurrentStreams, settings.MaxConcurrentStreams),
        },
    };
}
