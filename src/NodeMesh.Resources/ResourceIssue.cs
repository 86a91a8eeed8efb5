namespace NodeMesh.Resources;

/// <summary>Something wrong in the resources, as the operator reads it: what, where, and what would be right.</summary>
public sealed record ResourceIssue
{
    public required IssueSeverity Severity { get; init; }

    public required SourceLocation Location { get; init; }

    /// <summary>The resource it stands in, as far as that is known: <c>Service shop/cart</c>.</summary>
    public ResourceKey? Resource { get; init; }

    /// <summary><c>spec.ports[0].port</c>; empty when the whole document or file is meant.</summary>
    public string FieldPath { get; init; } = "";

    public required string Message { get; init; }

    /// <summary><c>shop.yaml:12:9: error: Service shop/cart: spec.ports[0].port: 70000 is not a port ...</c></summary>
    public override string ToString()
    {
        var severity = Severity == IssueSeverity.Error ? "error" : "warning";
        var resource = Resource is { } key ? $"{key}: " : "";
        return $"{Location}: {severity}: {resource}{(FieldPath.Length > 0 ? $"{FieldPath}: " : "")}{Message}";
    }
}
