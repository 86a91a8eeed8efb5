namespace NodeMesh.Controller.Registry;

/// <summary>What an apply makes of one resource.</summary>
internal enum ChangeAction
{
    Unchanged,
    Created,
    Updated,
    Deleted,
}
