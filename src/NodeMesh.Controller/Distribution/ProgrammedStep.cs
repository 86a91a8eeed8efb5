namespace NodeMesh.Controller.Distribution;

/// <summary>Revisions that became programmed on every node, or ceased to be, at one time.</summary>
/// <param name="UpTo">The newest of them.</param>
internal readonly record struct ProgrammedStep(long UpTo, DateTimeOffset At);
