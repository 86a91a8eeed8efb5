namespace NodeMesh.Daemon.Interception;

/// <summary>Which inbound ports the redirection rules were last told to capture. Immutable, swapped whole.</summary>
/// <param name="Ports">What was last set with success.</param>
/// <param name="AppliedAt">When; null before the first success.</param>
/// <param name="Error">Why the latest attempt failed; null when it did not.</param>
internal sealed record PortState(IReadOnlyList<ushort> Ports, DateTimeOffset? AppliedAt, string? Error);
