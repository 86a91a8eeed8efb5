namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>What one policy says. See docs/admin-api.md.</summary>
internal sealed record PolicyMessage
{
    public required string Policy { get; init; }

    public required string Action { get; init; }

    public required bool DryRun { get; init; }

    public required bool Matched { get; init; }

    public required string Explanation { get; init; }

    public required IReadOnlyList<RuleMessage> Rules { get; init; }
}
