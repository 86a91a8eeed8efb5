namespace NodeMesh.Transport.Relaying;

/// <summary>Which side of a splice failed, and how.</summary>
internal readonly record struct SpliceFailure(bool OfTarget, Exception Exception);
