using NodeMesh.Resources.Problems;

namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The configuration in force. See docs/admin-api.md.</summary>
internal sealed record ConfigurationMessage
{
    /// <summary>Absent on a node that has a controller.</summary>
    public string? Directory { get; init; }

    public required long Revision { get; init; }

    public DateTimeOffset? LoadedAt { get; init; }

    public double? AgeSeconds { get; init; }

    /// <summary>How many of each kind.</summary>
    public required IReadOnlyDictionary<string, int> Resources { get; init; }

    public required IReadOnlyList<IssueMessage> Warnings { get; init; }

    public RejectedMessage? Rejected { get; init; }
}
