namespace NodeMesh.Transport.Loops;

/// <summary>
/// Work to run later in the same loop turn. Objects that are made anyway (a connection, a stream) derive from it or embed one, so
/// enqueueing allocates nothing. An item is in at most one queue, at most once.
/// </summary>
public abstract class LoopWorkItem
{
    internal LoopWorkItem? NextItem { get; set; }

    internal bool IsQueued { get; set; }

    /// <summary>Runs on the loop. May enqueue itself or others again.</summary>
    protected internal abstract void Execute();
}
