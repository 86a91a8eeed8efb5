namespace NodeMesh.Proxy.Requests;

/// <summary>A stack from whose middle connections can be taken: those that their upstream closed. Allocates nothing once it is large enough.</summary>
internal sealed class IdleStack
{
    private readonly List<Http1ClientSession> _sessions = [];

    public int Count => _sessions.Count;

    public bool TryPop([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Http1ClientSession? session)
    {
        session = _sessions.Count == 0 ? null : _sessions[^1];
        if (session is not null)
        {
            _sessions.RemoveAt(_sessions.Count - 1);
        }

        return session is not null;
    }

    public void Push(Http1ClientSession session) => _sessions.Add(session);

    /// <summary>The one to a service that has been here longest; null when there is none.</summary>
    public Http1ClientSession? Find(ServiceLoad load)
    {
        foreach (var session in _sessions)
        {
            if (ReferenceEquals(session.Load, load))
            {
                return session;
            }
        }

        return null;
    }

    /// <summary>False when it is not there.</summary>
    public bool Remove(Http1ClientSession session)
    {
        var index = _sessions.LastIndexOf(session);
        if (index >= 0)
        {
            _sessions.RemoveAt(index);
        }

        return index >= 0;
    }
}
