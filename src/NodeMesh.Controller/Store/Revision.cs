namespace NodeMesh.Controller.Store;

/// <summary>An accepted change: one step in the history of the mesh.</summary>
/// <param name="Number">Counted from 1, without gaps.</param>
/// <param name="Author">Who made it.</param>
/// <param name="Reason">What for, as the author put it, or what was done.</param>
/// <param name="Changes">How many resources it touched.</param>
internal sealed record Revision(long Number, DateTimeOffset At, string Author, string Reason, int Changes);
