using System.Collections.Concurrent;
using NodeMesh.Controller.Nodes;

namespace NodeMesh.Controller.Distribution;

/// <summary>The nodes that receive changes now: one stream each, the newest. A node that is evicted loses its stream at once. Thread-safe.</summary>
internal sealed class NodeSessions
{
    private readonly Lock _gate = new();
    private readonly ProgrammedRevisions _programmed;
    private readonly ConcurrentDictionary<string, NodeSession> _sessions = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, long> _pushes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _nacks = new(StringComparer.Ordinal);

    public NodeSessions(NodeRegistry nodes, TimeProvider time)
    {
        _programmed = new ProgrammedRevisions(time);
        Began = time.GetUtcNow();
        nodes.Evicted += name => Find(name)?.End();
    }

    /// <summary>When the controller began; nobody was connected then.</summary>
    public DateTimeOffset Began { get; }

    public int Count => _sessions.Count;

    public IEnumerable<NodeSession> All => _sessions.Select(session => session.Value);

    /// <summary>Responses that were sent so far, by type.</summary>
    public IEnumerable<KeyValuePair<string, long>> Pushes => _pushes;

    /// <summary>Responses that nodes refused so far, by type.</summary>
    public IEnumerable<KeyValuePair<string, long>> Nacks => _nacks;

    public NodeSession? Find(string node) => _sessions.GetValueOrDefault(node);

    /// <summary>Takes the place of a stream that the node had before, which was perhaps lost without a word.</summary>
    public void Add(NodeSession session)
    {
        NodeSession? before;
        lock (_gate)
        {
            before = Find(session.Node);
            _sessions[session.Node] = session;
            _programmed.Join(session.Acknowledged);
            if (before is not null)
            {
                _programmed.Leave(before.Acknowledged);
            }
        }

        before?.End();
    }

    /// <summary>A node says by its stream which revision it has in force.</summary>
    public void Acknowledge(NodeSession session, long revision)
    {
        lock (_gate)
        {
            if (ReferenceEquals(Find(session.Node), session))
            {
                _programmed.Move(session.Acknowledged, revision);
            }

            session.Acknowledged = revision;
        }
    }

    /// <summary>Which revisions are in force on the nodes now.</summary>
    public ProgrammedView Programmed()
    {
        lock (_gate)
        {
            return _programmed.View();
        }
    }

    public void CountPush(string typeUrl) => _pushes.AddOrUpdate(typeUrl, 1, static (_, count) => count + 1);

    public void CountNack(string typeUrl) => _nacks.AddOrUpdate(typeUrl, 1, static (_, count) => count + 1);

    public void Remove(NodeSession session)
    {
        lock (_gate)
        {
            if (_sessions.TryRemove(KeyValuePair.Create(session.Node, session)))
            {
                _programmed.Leave(session.Acknowledged);
            }
        }
    }
}
