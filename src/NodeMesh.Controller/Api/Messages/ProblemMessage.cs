namespace NodeMesh.Controller.Api.Messages;

/// <summary>Problem details (RFC 9457). See docs/controller.md.</summary>
internal sealed record ProblemMessage
{
    public string Type { get; init; } = "about:blank";

    public required string Title { get; init; }

    public required int Status { get; init; }

    public required string Detail { get; init; }

    public IReadOnlyList<IssueMessage>? Errors { get; init; }
}
