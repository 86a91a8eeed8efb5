namespace NodeMesh.Cli;

/// <summary>What the program's exit says to a script; documented in docs/nodemeshctl.md and not to be changed.</summary>
internal static class ExitCode
{
    /// <summary>Done, valid, allowed, every check passed.</summary>
    public const int Success = 0;

    /// <summary>It could not be done, or what was asked about is not right.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong; nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary><c>diff</c>: something differs, as with diff(1).</summary>
    public const int Differs = 1;

    /// <summary><c>diff</c>: it could not be told, as with diff(1).</summary>
    public const int DiffTrouble = 2;

    /// <summary><c>explain</c>: the connection would be refused.</summary>
    public const int Refused = 3;
}
