namespace NodeMesh.Controller.Nodes;

/// <summary>
/// Which refusals go into the audit log: the same one again only after a while, and so many different ones in that time. Who keeps asking, or asks
/// for ever new things, is counted each time, but neither fills the disk nor drives what others did out of the log. Used under the lock of its owner.
/// </summary>
internal sealed class RefusalNotes(TimeProvider time)
{
    private const int MaxKnown = 1_000;

    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    private readonly Dictionary<(NodeRefusal Refusal, string Peer, string What, string Subject, string Detail), DateTimeOffset> _known = [];

    public bool IsNew(NodeRefusal refusal, string peer, string what, string subject, string detail)
    {
        var now = time.GetUtcNow();
        var key = (refusal, peer, what, subject, detail);
        if (_known.TryGetValue(key, out var noted) && now - noted < Silence)
        {
            return false;
        }

        if (_known.Count >= MaxKnown)
        {
            foreach (var (old, at) in _known)
            {
                if (now - at >= Silence)
                {
                    _known.Remove(old);
                }
            }
        }

        if (_known.Count >= MaxKnown)
        {
            return false;
        }

        _known[key] = now;
        return true;
    }
}
