namespace NodeMesh.Resources.Problems;

/// <summary>Problem details (RFC 9457), the form of every error of the APIs.</summary>
public sealed record ProblemMessage
{
    public string Type { get; init; } = "about:blank";

    public required string Title { get; init; }

    public required int Status { get; init; }

    /// <summary>One sentence for the operator: what, where, what would be right.</summary>
    public required string Detail { get; init; }

    public IReadOnlyList<IssueMessage>? Errors { get; init; }
}
