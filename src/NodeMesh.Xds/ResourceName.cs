namespace NodeMesh.Xds;

/// <summary>The name of a mesh resource on the wire: <c>Service/shop/cart</c>, or <c>Node//web-1</c> for what stands outside namespaces. None of its parts can hold a slash.</summary>
public static class ResourceName
{
    public static string Of(string kind, string @namespace, string name) => $"{kind}/{@namespace}/{name}";
}
