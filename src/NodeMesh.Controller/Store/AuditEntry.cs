namespace NodeMesh.Controller.Store;

/// <summary>Something that was done, or asked for and refused.</summary>
/// <param name="Who">An operator, or a node.</param>
/// <param name="What">One word for the deed, such as <c>sign</c> or <c>evict</c>.</param>
/// <param name="Subject">What it was done to.</param>
/// <param name="Detail">Why it was refused; or more about it.</param>
/// <param name="Number">Its place in the log, which the store gives it.</param>
internal sealed record AuditEntry(DateTimeOffset At, string Who, string What, string Subject, bool Allowed, string Detail, long Number = 0);
