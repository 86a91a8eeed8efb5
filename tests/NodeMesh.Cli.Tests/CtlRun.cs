namespace NodeMesh.Cli.Tests;

/// <summary>What one run of nodemeshctl wrote, and how it ended.</summary>
public sealed record CtlRun(int ExitCode, string Output, string Error);
