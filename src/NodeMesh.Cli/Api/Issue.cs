namespace NodeMesh.Cli.Api;

/// <summary>Something wrong in the resources, as the daemon or the controller tells it.</summary>
internal sealed record Issue
{
    public string Severity { get; set; } = "error";

    /// <summary>Empty when the whole mesh is meant.</summary>
    public string File { get; set; } = "";

    public int? Line { get; set; }

    public int? Column { get; set; }

    public string? Resource { get; set; }

    public string? Field { get; set; }

    public string Message { get; set; } = "";

    /// <summary>The form of compilers, which editors understand: <c>shop.yaml:12:9: error: Service shop/cart: spec.ports[0].port: ...</c></summary>
    public override string ToString()
    {
        var place = File.Length == 0 ? "resources" : Line is null ? File : $"{File}:{Line}:{Column}";
        var resource = Resource is null ? "" : $"{Resource}: ";
        return $"{place}: {Severity}: {resource}{(string.IsNullOrEmpty(Field) ? "" : $"{Field}: ")}{Message}";
    }
}
