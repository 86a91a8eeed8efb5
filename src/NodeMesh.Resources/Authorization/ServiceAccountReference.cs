namespace NodeMesh.Resources.Authorization;

/// <summary>A service account: <c>namespace/name</c>, or <c>name</c> for one in the policy's own namespace.</summary>
/// <param name="Namespace">Null: the namespace of the policy.</param>
public readonly record struct ServiceAccountReference(string? Namespace, string Name)
{
    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}
