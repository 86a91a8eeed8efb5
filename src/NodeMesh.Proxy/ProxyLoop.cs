using Microsoft.Extensions.Logging;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Attestation;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Interception;
using NodeMesh.Proxy.Requests;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Resources.Mesh;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy;

/// <summary>
/// One event loop's part of the proxy: its listeners, its attestor, its mesh links, its live connections. Everything but <see cref="Live"/>'s
/// count is touched on the loop alone.
/// </summary>
internal sealed class ProxyLoop : IDisposable
{
    private readonly List<LoopListener> _listeners = [];
    private const int MaxPolicyNames = 4096;

    private readonly Dictionary<(string, int), string> _policyNames = [];
    private long _connections;

    public ProxyLoop(EventLoop loop, ProxyShared shared)
    {
        Loop = loop;
        Shared = shared;
        Shard = shared.Metrics.Registry.OfLoop(loop.Index);
        Attestor = new LocalAttestor(shared.Cgroups, shared.Metrics, Shard, shared.Time, shared.Loggers.CreateLogger<LocalAttestor>());
        LinkOptions = shared.Links.Under(new HttpSettings());
        Memory = new StreamMemory(shared.Links.MaxHeldBytes);
        Http2Counters = new Http2Counters(shared.Metrics, Shard);
        Links = new MeshLinkPool(
            loop, shared.TlsClient, shared.Connect, LinkOptions, Memory, Http2Counters, shared.Metrics, Shard, shared.Loggers.CreateLogger<MeshLinkPool>());
        Carrier = new InboundCarrier(this);
        Inbound = new InboundMesh(this);
        Exchanges = new ExchangePool(this);
        Pools = new PoolCounterTable(shared.Metrics);
        Upstreams = new UpstreamConnections(this);
        Counters = new RequestCounterTable(shared.Metrics);
        Outbound = new OutboundHandler(this);
        Plaintext = new InboundPlaintextHandler(this);
    }

    public EventLoop Loop { get; }

    public ProxyShared Shared { get; }

    public MetricShard Shard { get; }

    public Random Random { get; } = new();

    public LocalAttestor Attestor { get; }

    /// <summary>What the streams of all links here hold.</summary>
    public StreamMemory Memory { get; }

    public Http2Counters Http2Counters { get; }

    public MeshLinkPool Links { get; }

    /// <summary>Serves what <see cref="Inbound"/> and <see cref="Plaintext"/> have judged.</summary>
    public InboundCarrier Carrier { get; }

    public InboundMesh Inbound { get; }

    public OutboundHandler Outbound { get; }

    public InboundPlaintextHandler Plaintext { get; }

    public LiveConnections Live { get; } = new();

    /// <summary>HTTP requests under way.</summary>
    public ExchangePool Exchanges { get; }

    /// <summary>Connections that carry HTTP requests on.</summary>
    public UpstreamConnections Upstreams { get; }

    public RequestCounterTable Counters { get; }

    public PoolCounterTable Pools { get; }

    /// <summary>For answers of the daemon itself: written and sent before anything else uses it.</summary>
    public HeaderList Reply { get; } = new();

    /// <summary>How HTTP is read from this node's own applications and peers in the mesh, under the configuration in force.</summary>
    public HttpServerOptions HttpOptions { get; private set; } = HttpServerOptions.From(new HttpSettings(), outside: false, TimeProvider.System);

    /// <summary>The same for clients from outside the mesh.</summary>
    public HttpServerOptions OutsideHttpOptions { get; private set; } = HttpServerOptions.From(new HttpSettings(), outside: true, TimeProvider.System);

    /// <summary>How mesh links are read, in both directions.</summary>
    public MeshLinkOptions LinkOptions { get; private set; }

    /// <summary>Takes over what a new configuration changes for the loop as a whole, and judges what is under way by it.</summary>
    public void Apply(MeshSnapshot snapshot)
    {
        HttpOptions = HttpServerOptions.From(snapshot.Http, outside: false, Shared.Time);
        OutsideHttpOptions = HttpServerOptions.From(snapshot.Http, outside: true, Shared.Time);
        LinkOptions = Shared.Links.Under(snapshot.Http);
        Links.Options = LinkOptions;
        Upstreams.Http2.Options = HttpOptions.Upstream;
        Counters.Clear();
        Live.Recheck(snapshot);
        Exchanges.Recheck(snapshot);
    }

    /// <summary>The policy and rule that decided, as the log has it; made once for each.</summary>
    public string PolicyName(string policy, int rule)
    {
        if (!_policyNames.TryGetValue((policy, rule), out var name))
        {
            if (_policyNames.Count == MaxPolicyNames)
            {
                _policyNames.Clear();
            }

            _policyNames.Add((policy, rule), name = $"{policy}[{rule}]");
        }

        return name;
    }

    /// <summary>Unique in the process: the loop's number in the low byte.</summary>
    public long NextConnectionId() => (++_connections << 8) | (uint)Loop.Index;

    public void Keep(LoopListener listener) => _listeners.Add(listener);

    public async ValueTask CloseListenersAsync()
    {
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }

        _listeners.Clear();
    }

    /// <summary>
    /// Holds the peers of open links against the bundles in force: trust that was taken away ends what goes on under it. A certificate that has
    /// merely run out does not: its link takes no new streams and ends with those it carries.
    /// </summary>
    public void RecheckTrust(TlsIdentitySet identities)
    {
        var links = Links.Links.Concat(Inbound.Links).ToArray();

        // Building a path costs more than a handshake, and there may be thousands of peers: on the thread pool, back on the loop for what follows.
        _ = Task.Run(() =>
        {
            var failures = Array.ConvertAll(links, link => Judge(link.Connection.Session, identities));
            Loop.Post(_ => EndDistrusted(links, failures), null);
        });
    }

    public void CountPolicy(in AuthorizationDecision decision)
    {
        if (decision.Policy is { } policy)
        {
            var series = Shared.Metrics.Policies.Resolve(policy, decision.Allowed ? "allow" : "deny", "enforce", decision.Allowed ? "allowed" : "denied");
            Shared.Metrics.PolicyDecisions.Increment(Shard, series);
        }

        if (decision.DryRun is { } dryRun)
        {
            var verdict = dryRun.Allowed ? "allowed" : "denied";
            var series = Shared.Metrics.Policies.Resolve(dryRun.Policy ?? "none", dryRun.Allowed ? "allow" : "deny", "dry-run", verdict);
            Shared.Metrics.PolicyDecisions.Increment(Shard, series);
        }

        if (decision.Audit is { } audit)
        {
            Shared.Metrics.PolicyDecisions.Increment(Shard, Shared.Metrics.Policies.Resolve(audit, "audit", "enforce", "matched"));
        }
    }

    public void Dispose() => Attestor.Dispose();

    private void EndDistrusted(MeshLink[] links, TlsFailure?[] failures)
    {
        for (var i = 0; i < links.Length; i++)
        {
            if (failures[i] is { Code: not TlsFailureCode.PeerCertificateExpired } failure && !links[i].IsClosed)
            {
                var session = links[i].Connection.Session;
                Live.CutAll(session, RefusalCode.RevokedByPolicy, $"{session.PeerId} is no longer trusted: {failure.Detail}");
                links[i].Close("the peer is no longer trusted", Http2ErrorCode.RefusedStream);
            }
        }
    }

    private static TlsFailure? Judge(TlsSession session, TlsIdentitySet identities)
    {
        try
        {
            return session.JudgePeer(identities);
        }
        catch (Exception exception)
        {
            // Whom we cannot judge we do not trust.
            return new TlsFailure(TlsFailureCode.Internal, exception.Message);
        }
    }
}
