namespace NodeMesh.Cli.Api;

/// <summary>The daemon or the controller could not be asked, or did not do it.</summary>
/// <param name="failure">Which of the two, as far as callers tell them apart.</param>
/// <param name="message">What happened, where.</param>
/// <param name="hint">What to do about it, or null.</param>
/// <param name="issues">What was found wrong in the resources, when the answer says so.</param>
internal sealed class ApiException(ApiFailure failure, string message, string? hint = null, IReadOnlyList<Issue>? issues = null)
    : CliException(message, hint)
{
    public ApiFailure Failure => failure;

    public IReadOnlyList<Issue> Issues => issues ?? [];
}
