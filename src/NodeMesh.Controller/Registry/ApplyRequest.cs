using NodeMesh.Resources;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Controller.Registry;

/// <summary>A change that an operator asks for: all of it is one revision, or nothing is.</summary>
internal sealed record ApplyRequest
{
    /// <summary>Who asks.</summary>
    public required string Author { get; init; }

    /// <summary>What for.</summary>
    public required string Reason { get; init; }

    /// <summary>Resources to create or replace.</summary>
    public IReadOnlyList<ResourceFile> Files { get; init; } = [];

    /// <summary>Resources to delete.</summary>
    public IReadOnlyList<ResourceKey> Deleted { get; init; } = [];

    /// <summary>Whether it is right that one of <see cref="Deleted"/> is not there.</summary>
    public bool IgnoreMissing { get; init; }

    /// <summary>Labels of resources that are deleted where <see cref="Files"/> do not hold them; null prunes nothing.</summary>
    public Labels? Prune { get; init; }

    /// <summary>The revision that the author has seen: a resource that changed since is not overwritten. Null overwrites.</summary>
    public long? Base { get; init; }

    /// <summary>Only says what would be.</summary>
    public bool DryRun { get; init; }
}
