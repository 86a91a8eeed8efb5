using NodeMesh.Resources;

namespace NodeMesh.Controller.Registry;

/// <summary>One resource of an apply.</summary>
/// <param name="Before">Null when there was none.</param>
/// <param name="After">Null when it is deleted.</param>
internal sealed record ResourceChange(ResourceKey Key, Resource? Before, Resource? After)
{
    public ChangeAction Action => (Before, After) switch
    {
        (null, _) => ChangeAction.Created,
        (_, null) => ChangeAction.Deleted,
        var (before, after) => before.Equals(after) ? ChangeAction.Unchanged : ChangeAction.Updated,
    };
}
