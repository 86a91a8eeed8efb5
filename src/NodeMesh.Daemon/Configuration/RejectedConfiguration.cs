using NodeMesh.Resources;

namespace NodeMesh.Daemon.Configuration;

/// <summary>Resource files that are wrong, so that what was in force before them still is.</summary>
/// <param name="At">When they were first found so.</param>
/// <param name="Errors">Every reason.</param>
internal sealed record RejectedConfiguration(DateTimeOffset At, IReadOnlyList<ResourceIssue> Errors);
