namespace NodeMesh.Daemon.Lifecycle;

/// <summary>How nodemeshd ends; what docs/nodemeshd.md says.</summary>
internal static class ExitCode
{
    /// <summary>Ended as asked.</summary>
    public const int Success = 0;

    /// <summary>It cannot start, it failed, or it was told twice to end.</summary>
    public const int Failure = 1;

    /// <summary>Flags, settings or (with --check) resources are wrong.</summary>
    public const int BadConfiguration = 2;
}
