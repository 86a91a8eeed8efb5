namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// How a rule treats what a connection does not tell. It follows from the policy's action: what is not known never helps a connection in.
/// A positive list never matches the unknown in either mode.
/// </summary>
internal enum UnknownAttribute
{
    /// <summary>
    /// ALLOW and AUDIT: a <c>not</c> list does not match an attribute that is not known, and a rule with an HTTP attribute does not match
    /// at all.
    /// </summary>
    NeverMatches,

    /// <summary>
    /// DENY: a <c>not</c> list matches an attribute that is not known (who proves nothing did not prove to be an exception), and an HTTP
    /// attribute counts as matched.
    /// </summary>
    Matches,
}
