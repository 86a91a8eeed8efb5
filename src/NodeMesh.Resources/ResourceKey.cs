namespace NodeMesh.Resources;

/// <summary>What a resource is known by; unique in a set.</summary>
/// <param name="Kind">As in <c>kind</c>.</param>
/// <param name="Namespace">Empty for kinds that stand outside namespaces.</param>
/// <param name="Name">As in <c>metadata.name</c>.</param>
public readonly record struct ResourceKey(string Kind, string Namespace, string Name)
{
    /// <summary>The order of <see cref="Compare"/>.</summary>
    public static IComparer<ResourceKey> Order { get; } = Comparer<ResourceKey>.Create(Compare);

    /// <summary>The order of listings: kind, namespace, name.</summary>
    public static int Compare(ResourceKey left, ResourceKey right)
    {
        var order = string.CompareOrdinal(left.Kind, right.Kind);
        order = order != 0 ? order : string.CompareOrdinal(left.Namespace, right.Namespace);
        return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
    }

    /// <summary><c>Service shop/cart</c>, or <c>Node web-1</c>.</summary>
    public override string ToString() => Namespace.Length == 0 ? $"{Kind} {Name}" : $"{Kind} {Namespace}/{Name}";
}
