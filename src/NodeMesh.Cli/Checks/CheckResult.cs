namespace NodeMesh.Cli.Checks;

/// <summary>What came of a check, from best to worst.</summary>
internal enum CheckResult
{
    Passed,
    Skipped,
    Warning,
    Failed,
}
