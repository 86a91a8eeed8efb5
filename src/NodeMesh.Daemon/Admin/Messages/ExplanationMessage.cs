namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to GET /v1/explain. See docs/admin-api.md.</summary>
internal sealed record ExplanationMessage
{
    public required long Revision { get; init; }

    public required ExplainedSourceMessage Source { get; init; }

    public required ExplainedDestinationMessage Destination { get; init; }

    public string? Service { get; init; }

    public string? Protocol { get; init; }

    public required IReadOnlyList<EndpointMessage> Endpoints { get; init; }

    public required string Outcome { get; init; }

    public RefusalMessage? Refusal { get; init; }

    public PolicyDecisionMessage? Policy { get; init; }

    public required IReadOnlyList<string> Steps { get; init; }
}
