namespace NodeMesh.Cli.Admin;

/// <summary>The daemon could not be asked, or did not do it.</summary>
/// <param name="failure">Which of the two, as far as callers tell them apart.</param>
/// <param name="message">What happened, where.</param>
/// <param name="hint">What to do about it, or null.</param>
/// <param name="issues">What the daemon found wrong in the resources, when it says so.</param>
internal sealed class AdminException(AdminFailure failure, string message, string? hint = null, IReadOnlyList<Issue>? issues = null)
    : CliException(message, hint)
{
    public AdminFailure Failure => failure;

    public IReadOnlyList<Issue> Issues => issues ?? [];
}
