namespace NodeMesh.Daemon.Interception;

/// <summary>Which inbound ports the redirection rules capture, as last seen. Immutable, swapped whole.</summary>
/// <param name="Ports">What the kernel had when it was last looked at with success.</param>
/// <param name="AppliedAt">When these ports were put there; null before the first success.</param>
/// <param name="Error">Why the latest attempt failed; null when it did not.</param>
internal sealed record PortState(IReadOnlyList<ushort> Ports, DateTimeOffset? AppliedAt, string? Error);
