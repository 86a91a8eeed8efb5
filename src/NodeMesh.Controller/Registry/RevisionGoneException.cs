namespace NodeMesh.Controller.Registry;

/// <summary>A revision is kept no more. The message says which the oldest is.</summary>
internal sealed class RevisionGoneException(long revision, long oldest)
    : Exception($"revision {revision} is kept no more; the oldest that is kept is {oldest}");
