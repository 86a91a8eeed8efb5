namespace NodeMesh.Cli.Controller;

/// <summary>What became, or would become, of one resource.</summary>
internal sealed record ResourceChange
{
    public const string Unchanged = "unchanged";

    /// <summary><c>created</c>, <c>updated</c>, <c>deleted</c> or <c>unchanged</c>.</summary>
    public string Action { get; set; } = "";

    public string Kind { get; set; } = "";

    public string? Namespace { get; set; }

    public string Name { get; set; } = "";

    /// <summary>Its YAML before; null when there was none, or it is not told.</summary>
    public string? Before { get; set; }

    /// <summary>Its YAML since; null when it is deleted, or it is not told.</summary>
    public string? After { get; set; }

    /// <summary><c>Service shop/cart</c>.</summary>
    public string Title => string.IsNullOrEmpty(Namespace) ? $"{Kind} {Name}" : $"{Kind} {Namespace}/{Name}";
}
