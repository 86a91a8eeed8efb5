namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>What one rule says. See docs/admin-api.md.</summary>
internal sealed record RuleMessage
{
    public required int Index { get; init; }

    public required bool Matched { get; init; }

    public required bool NeedsHttp { get; init; }

    public string? Mismatch { get; init; }

    public required string Explanation { get; init; }
}
