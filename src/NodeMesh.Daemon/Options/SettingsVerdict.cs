using NodeMesh.Resources;

namespace NodeMesh.Daemon.Options;

/// <summary>What a start would make of the settings as they stand in the file now.</summary>
/// <param name="Errors">Why it would fail; empty when it would not.</param>
/// <param name="IsChanged">They are right, and others than those in force.</param>
internal sealed record SettingsVerdict(IReadOnlyList<ResourceIssue> Errors, bool IsChanged);
