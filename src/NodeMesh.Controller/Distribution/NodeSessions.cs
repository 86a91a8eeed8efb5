using System.Collections.Concurrent;
using NodeMesh.Controller.Nodes;

namespace NodeMesh.Controller.Distribution;

/// <summary>The nodes that receive changes now: one stream each, the newest. A node that is evicted loses its stream at once. Thread-safe.</summary>
internal sealed class NodeSessions
{
    private readonly ConcurrentDictionary<string, NodeSession> _sessions = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, long> _pushes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _nacks = new(StringComparer.Ordinal);

    public NodeSessions(NodeRegistry nodes) => nodes.Evicted += name => Find(name)?.End();

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
        NodeSession? before = null;
        _sessions.AddOrUpdate(session.Node, session, (_, old) =>
        {
            before = old;
            return session;
        });
        before?.End();
    }

    public void CountPush(string typeUrl) => _pushes.AddOrUpdate(typeUrl, 1, static (_, count) => count + 1);

    public void CountNack(string typeUrl) => _nacks.AddOrUpdate(typeUrl, 1, static (_, count) => count + 1);

    public void Remove(NodeSession session) => _sessions.TryRemove(KeyValuePair.Create(session.Node, session));
}
