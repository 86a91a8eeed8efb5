namespace NodeMesh.Cli.Output;

/// <summary>What a piece of text says about the mesh; a terminal shows it as colour.</summary>
internal enum Tone
{
    Plain,
    Good,
    Warning,
    Bad,
    Faint,
    Strong,
}
