namespace NodeMesh.Cli.Controller;

/// <summary>A controller that the operator has given a name. Immutable.</summary>
internal sealed record ContextEntry
{
    public required string Name { get; init; }

    public required ControllerAddress Controller { get; init; }

    /// <summary>The certificate and key without <c>.crt</c> and <c>.key</c>; empty for none.</summary>
    public string Identity { get; init; } = "";

    /// <summary>The trust bundle's file; empty for none.</summary>
    public string Bundle { get; init; } = "";

    public ControllerTarget Target => new(Controller, Identity.Length > 0 ? Identity : null, Bundle.Length > 0 ? Bundle : null);
}
