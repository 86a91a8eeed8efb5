namespace NodeMesh.Controller.Api;

/// <summary>A parameter of a query.</summary>
/// <param name="Type">Its JSON type in the OpenAPI document.</param>
internal sealed record ApiParameter(string Name, string Type, string Description)
{
    public static ApiParameter Text(string name, string description) => new(name, "string", description);

    public static ApiParameter Number(string name, string description) => new(name, "integer", description);

    public static ApiParameter Flag(string name, string description) => new(name, "boolean", description);
}
