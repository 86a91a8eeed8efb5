namespace NodeMesh.Controller.Distribution;

/// <summary>A node that receives changes now, as operators see it. Written by its stream, read by any thread.</summary>
internal sealed class NodeSession(string node, string address, CancellationTokenSource end)
{
    private long _acknowledged;

    public string Node => node;

    public string Address => address;

    /// <summary>The last revision of the mesh that it has put in force; 0 before the first.</summary>
    public long Acknowledged
    {
        get => Volatile.Read(ref _acknowledged);
        set => Volatile.Write(ref _acknowledged, value);
    }

    /// <summary>Why it does not use the newest; null when it does, or has not answered yet.</summary>
    public string? Refusal { get; set; }

    public CancellationToken Ended => end.Token;

    public void End() => end.Cancel();
}
