using Microsoft.Extensions.Logging;
using NodeMesh.Http.Http1;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// The HTTP/1.1 connections of one loop to upstreams: the one used last is used next, so that those a burst needed run out of use and close. Loop
/// thread only.
/// </summary>
internal sealed partial class Http1Pool(PoolCounterTable counters, MetricShard shard, ILogger<Http1Pool> logger)
{
    private readonly Dictionary<UpstreamKey, Http1Group> _groups = [];
    private readonly Dictionary<Http1ClientSession, Http1Group> _byConnection = [];
    private bool _isClosed;

    /// <summary>Open connections, idle or busy.</summary>
    public int Count => _byConnection.Count;

    /// <summary>An idle connection, which the exchange has from now on; null when there is none.</summary>
    public Http1ClientSession? TryTake(in UpstreamKey key, HttpExchange exchange)
    {
        if (!_groups.TryGetValue(key, out var group))
        {
            return null;
        }

        while (group.Idle.TryPop(out var session))
        {
            session.Counters.Idle(shard, -1);
            if (!session.HasExpired)
            {
                session.Begin(exchange);
                return session;
            }

            session.Close();
        }

        return null;
    }

    /// <summary>Waits for a connection of the service to become idle or to close, first come first served.</summary>
    public async ValueTask<Http1WaitResult> WaitAsync(UpstreamKey key, ServiceLoad load, int limit, EventLoop loop, CancellationToken cancellation)
    {
        var group = GetGroup(key);
        var result = await new Http1Waiter(group, loop, limit).WaitAsync(load, cancellation);
        RemoveIfEmpty(group);
        return result;
    }

    /// <summary>Closes the connection to the service that has been idle longest, if there is one and somebody waits for its place.</summary>
    public void MakePlace(ServiceLoad load)
    {
        if (load.Pending == 0)
        {
            return;
        }

        foreach (var group in _groups.Values)
        {
            if (group.Idle.Find(load) is { } session)
            {
                session.Close();
                return;
            }
        }
    }

    /// <summary>A new connection for the exchange.</summary>
    /// <param name="load">Where it was counted, and is to be counted out when it closes.</param>
    public Http1ClientSession Add(
        in UpstreamKey key, ILoopDuplex carrier, Http1Options options, ServiceSettings settings, ServiceLoad? load, HttpExchange exchange)
    {
        var group = GetGroup(key);
        var session = new Http1ClientSession(carrier, options, this) { Load = load, Counters = counters.Find(exchange) };
        group.Settings = settings;
        group.Open++;
        _byConnection.Add(session, group);
        session.Counters.Connections(shard, 1);

        // Reads first: one that is lost already must not end the exchange before it has its leg, which then takes no request.
        _ = session.RunAsync();
        session.Begin(exchange);
        return session;
    }

    public void Return(Http1ClientSession session)
    {
        var group = _byConnection[session];
        var next = group.Waiters.First?.Value;
        if (_isClosed || group.IsRetired || session.Carried >= group.Settings.MaxRequestsPerConnection || session.Load?.MayKeep(next) == false)
        {
            session.Close();
            return;
        }

        session.BeginIdle(group.Settings.ConnectionIdleTimeout);
        group.Idle.Push(session);
        session.Counters.Idle(shard, 1);
        next?.GiveIdle();
    }

    public void OnClosed(Http1ClientSession session)
    {
        if (_byConnection.Remove(session, out var group))
        {
            group.Open--;
            if (group.Idle.Remove(session))
            {
                session.Counters.Idle(shard, -1);
            }

            session.Counters.Connections(shard, -1);
            session.Load?.RemoveConnection();
            RemoveIfEmpty(group);
        }
    }

    /// <summary>Connections of these keys end with what they carry: their upstream or source left the configuration.</summary>
    public void Retire(Func<UpstreamKey, bool> which)
    {
        foreach (var group in _groups.Values.Where(group => which(group.Key)).ToArray())
        {
            group.IsRetired = true;
            CloseIdle(group);
        }
    }

    /// <summary>Closes idle connections now and the others after what they carry.</summary>
    public void Close()
    {
        _isClosed = true;
        foreach (var group in _groups.Values.ToArray())
        {
            CloseIdle(group);
        }
    }

    /// <summary>The upstream broke the protocol.</summary>
    public void CountProtocolError(Http1ClientSession session, in Http1Error error) => session.Counters.ProtocolError(shard, error);

    public void LogFault(Exception exception) => LogFailed(exception);

    private Http1Group GetGroup(in UpstreamKey key)
    {
        if (!_groups.TryGetValue(key, out var group) || group.IsRetired)
        {
            group = new Http1Group(key);
            _groups[key] = group;
        }

        return group;
    }

    private void RemoveIfEmpty(Http1Group group)
    {
        if (group is { Open: 0, Waiters.Count: 0 } && _groups.TryGetValue(group.Key, out var current) && ReferenceEquals(current, group))
        {
            _groups.Remove(group.Key);
        }
    }

    private void CloseIdle(Http1Group group)
    {
        while (group.Idle.TryPop(out var session))
        {
            session.Counters.Idle(shard, -1);
            session.Close();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An HTTP/1.1 connection to an upstream failed inside the daemon.")]
    private partial void LogFailed(Exception exception);
}
