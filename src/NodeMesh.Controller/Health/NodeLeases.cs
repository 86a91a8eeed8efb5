using Google.Protobuf;
using Microsoft.Extensions.Logging;
using NodeMesh.Controller.Distribution;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Store;
using NodeMesh.Xds.Catalog;
using NodeMesh.Xds.Enrollment;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Controller.Health;

/// <summary>
/// Who of the mesh serves, as the nodes themselves say, and by whether they are heard of at all: a node without a stream for longer than its lease is gone,
/// and its endpoints with it, until it comes back. Nothing of it is kept: after a start each node that ever joined has a lease, but for those that were evicted. Thread-safe; one per
/// controller.
/// </summary>
internal sealed partial class NodeLeases : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>What nodes are given at least after a start: they try again after up to 7.5 seconds, and one address may swallow what is sent to it.</summary>
    private static readonly TimeSpan LeastAfterStart = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _heardOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<UnhealthyPort>> _reports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ByteString> _published = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private readonly HashSet<string> _cordoned = new(StringComparer.Ordinal);
    private readonly NodeSessions _sessions;
    private readonly MeshRegistry _mesh;
    private readonly ResourceCatalog _catalog;
    private readonly TimeSpan _lease;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private long _version;

    /// <param name="catalog">What nodes are told.</param>
    public NodeLeases(
        NodeRegistry nodes, NodeSessions sessions, MeshRegistry mesh, ResourceCatalog catalog, TimeSpan lease, TimeProvider time, ILogger<NodeLeases> log)
    {
        (_sessions, _mesh, _catalog, _lease, _time, _log) = (sessions, mesh, catalog, lease, time, log);

        // A version is never used again for something else, not even after a restart.
        _version = time.GetUtcNow().ToUnixTimeMilliseconds();
        var extra = lease < LeastAfterStart ? LeastAfterStart - lease : TimeSpan.Zero;
        var heardOf = time.GetTimestamp() + (long)(extra.TotalSeconds * time.TimestampFrequency);
        foreach (var node in nodes.Nodes())
        {
            if (node.State == NodeState.Evicted)
            {
                _gone.Add(node.Name);
                continue;
            }

            _heardOf[node.Name] = heardOf;
            if (node.State == NodeState.Cordoned)
            {
                _cordoned.Add(node.Name);
            }
        }

        catalog.Apply(_version, []);
        Publish([.. _gone, .. _cordoned]);
        nodes.Evicted += OnEvicted;
        nodes.Cordoned += OnCordoned;
        nodes.Deleted += OnDeleted;
        _timer = time.CreateTimer(_ => Look(), null, LookInterval, LookInterval);
    }

    /// <summary>How many nodes are gone.</summary>
    public int Gone
    {
        get
        {
            lock (_gate)
            {
                return _gone.Count;
            }
        }
    }

    /// <summary>From how many nodes new traffic is kept.</summary>
    public int Cordoned
    {
        get
        {
            lock (_gate)
            {
                return _cordoned.Count;
            }
        }
    }

    /// <summary>How many ports are reported not to serve.</summary>
    public int Unhealthy
    {
        get
        {
            lock (_gate)
            {
                return _reports.Values.Sum(ports => ports.Count);
            }
        }
    }

    /// <summary>Takes what a node says of its workloads, in the place of what it said before; what it says of others' is left out.</summary>
    public void Report(string node, HealthMessage message)
    {
        var own = _mesh.Current.Mesh.WorkloadsOn(node)
            .SelectMany(workload => workload.Ports.AsEnumerable().Select(port => new UnhealthyPortMessage(workload.Namespace, workload.Name, port.Port)))
            .ToHashSet();
        var ports = message.Unhealthy.Distinct().Where(own.Contains)
            .OrderBy(port => port.Namespace, StringComparer.Ordinal).ThenBy(port => port.Workload, StringComparer.Ordinal).ThenBy(port => port.Port)
            .Select(port => new UnhealthyPort { Namespace = port.Namespace, Workload = port.Workload, Port = (uint)port.Port })
            .ToArray();
        lock (_gate)
        {
            _reports[node] = ports;
            Publish([node]);
        }
    }

    /// <summary>Looks which nodes are heard of, and tells the others of changes.</summary>
    public void Look()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            foreach (var session in _sessions.All.Where(session => session.IsServed))
            {
                _heardOf[session.Node] = now;
            }

            var changed = new List<string>();
            foreach (var (name, at) in _heardOf)
            {
                var isGone = _time.GetElapsedTime(at, now) > _lease;
                if (isGone && _gone.Add(name))
                {
                    LogGone(name, _lease);
                    changed.Add(name);
                }
                else if (!isGone && _gone.Remove(name))
                {
                    LogBack(name);
                    changed.Add(name);
                }
            }

            Publish(changed);
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void OnCordoned(string name, bool isCordoned)
    {
        lock (_gate)
        {
            if (isCordoned ? _cordoned.Add(name) : _cordoned.Remove(name))
            {
                Publish([name]);
            }
        }
    }

    private void OnEvicted(string name)
    {
        lock (_gate)
        {
            _heardOf.Remove(name);
            _cordoned.Remove(name);
            if (_gone.Add(name))
            {
                Publish([name]);
            }
        }
    }

    private void OnDeleted(string name)
    {
        lock (_gate)
        {
            _gone.Remove(name);
            _reports.Remove(name);
            Publish([name]);
        }
    }

    private void Publish(IReadOnlyList<string> names)
    {
        var changes = new List<CatalogChange>();
        foreach (var name in names)
        {
            var health = new NodeHealth { Gone = _gone.Contains(name), Cordoned = _cordoned.Contains(name), Unhealthy = { _reports.GetValueOrDefault(name, []) } };
            var message = health is { Gone: false, Cordoned: false, Unhealthy.Count: 0 } ? null : health.ToByteString();
            if (Equals(message, _published.GetValueOrDefault(name)))
            {
                continue;
            }

            changes.Add(new CatalogChange(name, message));
            if (message is null)
            {
                _published.Remove(name);
            }
            else
            {
                _published[name] = message;
            }
        }

        if (changes.Count > 0)
        {
            _catalog.Apply(++_version, changes);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nothing was heard of {Node} for {Lease}: its endpoints are out of use until it is back")]
    private partial void LogGone(string node, TimeSpan lease);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} is back, and its endpoints with it")]
    private partial void LogBack(string node);
}
