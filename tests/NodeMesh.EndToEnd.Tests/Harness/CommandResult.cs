namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>How a command ended. A command ended by a signal has the exit code 128 + signal.</summary>
internal sealed record CommandResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Returns itself, or throws with all that the command said.</summary>
    public CommandResult EnsureSuccess() =>
        ExitCode == 0 ? this : throw new InvalidOperationException(ToString());

    public override string ToString() => $"{Command}\nexit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}
