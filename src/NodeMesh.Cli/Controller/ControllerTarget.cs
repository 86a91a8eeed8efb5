namespace NodeMesh.Cli.Controller;

/// <summary>Which controller is meant, and how to prove oneself to it. Immutable.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Identity">The certificate and key without <c>.crt</c> and <c>.key</c>; null where none is given.</param>
/// <param name="Bundle">The trust bundle's file; null where none is given.</param>
internal sealed record ControllerTarget(ControllerAddress Address, string? Identity, string? Bundle);
