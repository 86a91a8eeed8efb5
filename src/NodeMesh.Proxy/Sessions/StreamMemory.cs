namespace NodeMesh.Proxy.Sessions;

/// <summary>
/// Bounds what the HTTP/2 streams of one loop hold for readers that do not keep up. Windows bound each stream and each link; this bounds all of
/// them together, since a peer may open many links. Above the limit a link pays that holds more than its share, so one that floods harms no other.
/// </summary>
internal sealed class StreamMemory(long limit)
{
    /// <summary>Bytes received for streams and not yet read.</summary>
    public long Held { get; private set; }

    /// <summary>Links that are open.</summary>
    public int Links { get; set; }

    public void Add(long bytes) => Held += bytes;

    /// <summary>
    /// Whether a link that holds <paramref name="held"/> bytes must give some up. As those below their share may go on up to it, the total stays
    /// below twice the limit.
    /// </summary>
    public bool IsTooMuch(long held) => Held > limit && held > limit / Math.Max(1, Links);
}
