using System.Globalization;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>
/// The outgoing mesh links of one loop: one per source identity, destination identity and address, more when its streams run out. A dial is
/// made once for all who wait, and its failure reaches all of them. A link leaves the pool when it drains, fails or its certificate was replaced.
/// </summary>
internal sealed class MeshLinkPool(
    EventLoop loop, TlsClientContext tls, ConnectOptions connect, MeshLinkOptions options, MeshMetrics metrics, MetricShard shard) : IMeshLinkOwner
{
    /// <summary>Names the workload that is meant, since an address may have changed hands; only mesh peers send it, no application sees it.</summary>
    public static ReadOnlySpan<byte> WorkloadHeader => "nodemesh-workload"u8;

    private readonly Dictionary<MeshLinkKey, MeshLinkGroup> _groups = [];
    private readonly HashSet<MeshLink> _draining = [];
    private readonly HeaderList _headers = new();
    private readonly Series _outbound = metrics.MeshLinks.Resolve("outbound");
    private readonly Series _full = metrics.Handshakes.Resolve("client", "full");
    private readonly Series _resumed = metrics.Handshakes.Resolve("client", "resumed");
    private readonly Series _failed = metrics.Handshakes.Resolve("client", "failed");

    public int Links => _draining.Count + _groups.Values.Sum(group => group.Links.Count);

    /// <summary>Opens a tunnel to the endpoint, speaking as <paramref name="source"/>.</summary>
    /// <param name="client">Whom it is for, told to the far side.</param>
    public async ValueTask<MeshOpenResult> OpenAsync(SpiffeId source, Endpoint endpoint, IpEndpoint client, string service)
    {
        var key = new MeshLinkKey(source, endpoint.Identity!, endpoint.DialAddress);
        if (!_groups.TryGetValue(key, out var group))
        {
            group = new MeshLinkGroup(key);
            _groups.Add(key, group);
        }

        // A link found with room may lose it before the stream is open; a few times, then the far side is overloaded.
        for (var attempt = 0; attempt < 4; attempt++)
        {
            if (group.FindRoom() is not { } link)
            {
                if (!group.IsDialing && group.Links.Count < options.MaxLinksPerKey)
                {
                    group.IsDialing = true;
                    _ = DialAsync(group);
                }

                metrics.LinkWaiters.Add(shard, _outbound, 1);
                var failure = await group.WaitAsync();
                metrics.LinkWaiters.Add(shard, _outbound, -1);
                if (failure is not null)
                {
                    return new MeshOpenResult(null, failure.Refusal, failure.Detail);
                }

                continue;
            }

            WriteRequest(endpoint, client, service);
            if (link.TryOpen(_headers, out _) is not { } stream)
            {
                continue;
            }

            var response = await stream.WaitForResponseAsync(options.ResponseTimeout);
            return response.IsSuccess ? new MeshOpenResult(stream, RefusalCode.None, null) : Refused(stream, endpoint, response);
        }

        return new MeshOpenResult(null, RefusalCode.Overload, $"no free stream on the mesh links to {endpoint}");
    }

    /// <summary>Certificates were replaced: links made with the old ones take no new streams, and end with those they carry.</summary>
    public void Retire(Func<MeshLinkKey, bool>? which = null)
    {
        foreach (var link in _groups.Values.Where(group => which is null || which(group.Key)).SelectMany(group => group.Links).ToArray())
        {
            OnDraining(link);
            link.Drain();
        }
    }

    public void CloseAll(string reason)
    {
        foreach (var link in _groups.Values.SelectMany(group => group.Links).Concat(_draining).ToArray())
        {
            link.Close(reason);
        }
    }

    public void OnRequest(MeshLink link, Http2Stream stream, HeaderList headers, bool endStream) =>
        throw new InvalidOperationException("a client link received a request");

    public void OnCapacity(MeshLink link)
    {
        if (link.Group is MeshLinkGroup { Waiting: > 0 } group && link.Engine.CanOpenStream)
        {
            group.Release(link.Engine.PeerMaxConcurrentStreams - link.Engine.ActiveStreams);
        }
    }

    public void OnDraining(MeshLink link)
    {
        if (((MeshLinkGroup)link.Group!).Links.Remove(link))
        {
            _draining.Add(link);
        }
    }

    public void OnClosed(MeshLink link, string reason)
    {
        var group = (MeshLinkGroup)link.Group!;
        group.Links.Remove(link);
        _draining.Remove(link);
        metrics.LinksOpen.Add(shard, _outbound, -1);
        metrics.LinksClosed.Increment(shard, _outbound);

        // Whoever waited for a stream of this link looks for another, or has one dialled.
        group.Release(group.Waiting);
        if (group is { Links.Count: 0, IsDialing: false, Waiting: 0 })
        {
            _groups.Remove(group.Key);
        }
    }

    private static MeshOpenResult Refused(MeshStream stream, Endpoint endpoint, in MeshResponse response)
    {
        stream.Abort(new OperationCanceledException("the tunnel was refused"));
        if (response.Status == 0 && stream.Link.Connection.Session.Failure is { } tls)
        {
            // In TLS 1.3 the client is done before the server has judged its certificate: a refusal comes after the handshake.
            return new MeshOpenResult(null, MeshDialFailure.RefusalOf(tls.Code), $"TLS with the daemon of {endpoint}: {tls.Detail}");
        }

        var refusal = (response.Refusal is null ? null : RefusalCodes.Parse(response.Refusal)) ?? response switch
        {
            { IsTimeout: true } => RefusalCode.Timeout,
            { Status: 0 } => RefusalCode.UpstreamClosed,
            { Status: 400 } => RefusalCode.DestinationMismatch,
            { Status: 401 or 403 } => RefusalCode.DeniedByPolicy,
            { Status: 503 } => RefusalCode.ConnectFailed,
            _ => RefusalCode.ProtocolError,
        };
        var answer = response.IsTimeout ? "did not answer in time" : response.Status == 0 ? "ended the stream" : $"answered {response.Status}";
        return new MeshOpenResult(null, refusal, string.Create(CultureInfo.InvariantCulture, $"the daemon of {endpoint} {answer}"));
    }

    private void WriteRequest(Endpoint endpoint, IpEndpoint client, string service)
    {
        _headers.Clear();
        _headers.Add(KnownHeader.Method, "CONNECT");
        _headers.Add(KnownHeader.Authority, $"{endpoint.Address}");
        _headers.Add("forwarded", $"for=\"{client}\";host={service}");
        _headers.Add(WorkloadHeader, System.Text.Encoding.ASCII.GetBytes($"{endpoint.WorkloadNamespace}/{endpoint.WorkloadName}"));
    }

    private async Task DialAsync(MeshLinkGroup group)
    {
        var (link, failure) = await TryDialAsync(group.Key);
        group.IsDialing = false;
        if (link is null)
        {
            group.Fail(failure!);
            if (group.Links.Count == 0)
            {
                _groups.Remove(group.Key);
            }

            return;
        }

        link.Group = group;
        group.Links.Add(link);
        metrics.LinksOpened.Increment(shard, _outbound);
        metrics.LinksOpen.Add(shard, _outbound, 1);
        link.Start();
        group.Release(link.Engine.PeerMaxConcurrentStreams);
    }

    private async ValueTask<(MeshLink? Link, MeshDialFailure? Failure)> TryDialAsync(MeshLinkKey key)
    {
        var socket = await Connector.ConnectSocketAsync(loop, key.Address, connect);
        if (!socket.Socket.IsOpen)
        {
            return (null, MeshDialFailure.FromConnect(key.Address, -socket.Socket.Value));
        }

        TlsSession session;
        try
        {
            session = tls.CreateSession(socket.Socket, key.Source, key.Address, key.Destination);
        }
        catch (TlsException exception)
        {
            socket.Socket.Close();
            return (null, new MeshDialFailure(RefusalCode.TlsHandshake, exception.Message));
        }

        var begun = options.Time.GetTimestamp();
        var connection = new TlsConnection(loop, socket.Socket, key.Address, session);
        if (await connection.HandshakeAsync(options.HandshakeTimeout) is { } failure)
        {
            metrics.HandshakeResults.Increment(shard, _failed);
            return (null, MeshDialFailure.FromTls(key.Address, failure));
        }

        var result = session.WasResumed ? _resumed : _full;
        metrics.HandshakeResults.Increment(shard, result);
        metrics.HandshakeDuration.Record(shard, result, options.Time.GetElapsedTime(begun));
        return (new MeshLink(connection, Http2Role.Client, options, this, options.Time), null);
    }
}
