namespace NodeMesh.Cli.Admin;

/// <summary>Something wrong in the resources, as the daemon tells it.</summary>
internal sealed record Issue
{
    public string Severity { get; init; } = "error";

    public string File { get; init; } = "";

    public int? Line { get; init; }

    public int? Column { get; init; }

    public string? Resource { get; init; }

    public string? Field { get; init; }

    public string Message { get; init; } = "";

    /// <summary>The form of compilers, which editors understand: <c>shop.yaml:12:9: error: Service shop/cart: spec.ports[0].port: ...</c></summary>
    public override string ToString()
    {
        var place = Line is null ? File : $"{File}:{Line}:{Column}";
        var resource = Resource is null ? "" : $"{Resource}: ";
        return $"{place}: {Severity}: {resource}{(string.IsNullOrEmpty(Field) ? "" : $"{Field}: ")}{Message}";
    }
}
