using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources;

namespace NodeMesh.Daemon.Configuration;

/// <summary>What is in force, and what is wrong with the files if something is. Immutable, swapped whole.</summary>
internal sealed record ConfigurationState
{
    public static ConfigurationState Empty { get; } = new();

    /// <summary>What the data path works by; null before the first good configuration.</summary>
    public MeshSnapshot? Snapshot { get; init; }

    /// <summary>0 before the first good configuration.</summary>
    public long Revision => Snapshot?.Revision ?? 0;

    public DateTimeOffset LoadedAt { get; init; }

    /// <summary>Doubts about the configuration in force: of the files, and of what they refer to.</summary>
    public IReadOnlyList<ResourceIssue> FileWarnings { get; init; } = [];

    /// <summary>Not null while the files are wrong.</summary>
    public RejectedConfiguration? Rejected { get; init; }

    public int Warnings => FileWarnings.Count + (Snapshot?.Warnings.Count ?? 0);
}
