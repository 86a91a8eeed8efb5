using NodeMesh.Cli.Checks;

namespace NodeMesh.Cli;

/// <summary>What surrounds one run of the program: its streams, environment, clock and machine. One per run; tests bring their own.</summary>
internal sealed class CliHost
{
    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input.</summary>
    public required Func<Stream> Input { get; init; }

    /// <summary>True when a person reads the output: colour may be used, and tables may be redrawn.</summary>
    public bool OutputIsTerminal { get; init; }

    public Func<string, string?> Environment { get; init; } = _ => null;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Machine Machine { get; init; } = new();

    public static CliHost ForProcess() => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        Input = Console.OpenStandardInput,
        OutputIsTerminal = !Console.IsOutputRedirected,
        Environment = System.Environment.GetEnvironmentVariable,
    };
}
