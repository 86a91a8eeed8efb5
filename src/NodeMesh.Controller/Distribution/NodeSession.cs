namespace NodeMesh.Controller.Distribution;

/// <summary>A node that receives changes now, as operators see it. Written by its stream, read by any thread.</summary>
internal sealed class NodeSession(string node, string address, CancellationTokenSource end)
{
    private long _acknowledged;
    private long _trusted;
    private volatile bool _isServed;

    public string Node => node;

    public string Address => address;

    /// <summary>The last revision of the mesh that it has put in force; 0 before the first. Set by <see cref="NodeSessions.Acknowledge"/>.</summary>
    public long Acknowledged
    {
        get => Volatile.Read(ref _acknowledged);
        set => Volatile.Write(ref _acknowledged, value);
    }

    /// <summary>The sequence of the last trust bundle that it has put in force; 0 before the first.</summary>
    public long Trusted
    {
        get => Volatile.Read(ref _trusted);
        set => Volatile.Write(ref _trusted, value);
    }

    /// <summary>Why it does not use the newest; null when it does, or has not answered yet.</summary>
    public string? Refusal { get; set; }

    /// <summary>Whether the node is in the mesh by it: it was let in, and nothing has ended it since. An evicted node's stream takes a moment to be gone.</summary>
    public bool IsServed => _isServed && !end.IsCancellationRequested;

    public CancellationToken Ended => end.Token;

    /// <summary>The node is let in.</summary>
    public void Serve() => _isServed = true;

    public void End()
    {
        try
        {
            end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself this moment.
        }
    }
}
