namespace NodeMesh.Cli;

/// <summary>The command cannot do what was asked. The message is one sentence for the operator: what happened, where.</summary>
/// <param name="message">What happened, where.</param>
/// <param name="hint">What to do about it, or null.</param>
internal class CliException(string message, string? hint = null) : Exception(message)
{
    public string? Hint => hint;
}
