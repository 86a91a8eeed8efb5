namespace NodeMesh.Http.Http1;

/// <summary>What the peer did wrong.</summary>
/// <param name="Status">What a server answers with before it closes; 502 for a client, as what its own side is told.</param>
/// <param name="Reason">In words, for logs; a constant.</param>
/// <param name="Smuggling">The class of smuggling it looks like.</param>
public readonly record struct Http1Error(Http1ErrorKind Kind, int Status, string Reason, Http1Smuggling Smuggling);
