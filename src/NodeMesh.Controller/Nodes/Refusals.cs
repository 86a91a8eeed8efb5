using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NodeMesh.Controller.Store;

namespace NodeMesh.Controller.Nodes;

/// <summary>
/// What nodes, operators and strangers were refused: counted by reason, logged, and noted in the audit log as often as that is worth it. Thread-safe; one per
/// controller.
/// </summary>
internal sealed partial class Refusals(IMeshStore store, TimeProvider time, ILogger<Refusals> log)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<NodeRefusal, long> _counts = new();
    private readonly RefusalNotes _notes = new(time);

    /// <summary>How many there were so far, by reason.</summary>
    public IReadOnlyDictionary<NodeRefusal, long> Counts => _counts;

    /// <summary>Counts, logs and notes a refusal, and gives what to throw.</summary>
    public NodeException Refuse(NodeRefusal refusal, string peer, string what, string subject, string detail)
    {
        _counts.AddOrUpdate(refusal, 1, static (_, count) => count + 1);
        LogRefused(what, peer, detail);
        lock (_gate)
        {
            if (_notes.IsNew(refusal, peer, what, subject, detail))
            {
                Note(new AuditEntry(time.GetUtcNow(), peer, what, subject, false, detail));
            }
        }

        return new NodeException(refusal, detail);
    }

    /// <summary>What is refused is refused, also where that cannot be written down.</summary>
    private void Note(AuditEntry refusal)
    {
        try
        {
            store.Add(refusal);
        }
        catch (StoreException exception)
        {
            LogNotAudited(exception.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A refusal cannot be written to the audit log: {Problem}")]
    private partial void LogNotAudited(string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused to {What} for {Peer}: {Detail}")]
    private partial void LogRefused(string what, string peer, string detail);
}
