namespace NodeMesh.Proxy.Sessions;

/// <summary>A way in which the peer of an HTTP/2 connection goes silent. One instance each, any thread.</summary>
/// <param name="Label">As metrics call it.</param>
/// <param name="Reason">The same in words.</param>
internal sealed record LostPeer(string Label, string Reason)
{
    public static LostPeer NoAnswer { get; } = new("no_answer", "the peer does not answer");

    public static LostPeer NoRead { get; } = new("no_read", "the peer does not read");

    public static LostPeer NoSettings { get; } = new("no_settings", "the peer did not exchange SETTINGS in time");

    public static LostPeer NoClose { get; } = new("no_close", "drained, but the peer does not let go");
}
