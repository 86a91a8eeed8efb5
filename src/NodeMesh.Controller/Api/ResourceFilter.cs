using NodeMesh.Resources;

namespace NodeMesh.Controller.Api;

/// <summary>Which resources a request means; null for any.</summary>
internal readonly record struct ResourceFilter(string? Kind, string? Namespace, string? Name)
{
    public static IReadOnlyList<ApiParameter> Parameters { get; } =
    [
        ApiParameter.Text("kind", "Only resources of this kind."),
        ApiParameter.Text("namespace", "Only resources of this namespace."),
        ApiParameter.Text("name", "Only resources of this name."),
    ];

    public static ResourceFilter Of(ApiRequest request) => new(request.Find("kind"), request.Find("namespace"), request.Find("name"));

    public bool Matches(ResourceKey key) => Is(Kind, key.Kind) && Is(Namespace, key.Namespace) && Is(Name, key.Name);

    private static bool Is(string? wanted, string found) => wanted is null || string.Equals(wanted, found, StringComparison.Ordinal);
}
