using NodeMesh.Resources.Problems;

namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>Resource files that are wrong. See docs/admin-api.md.</summary>
internal sealed record RejectedMessage
{
    public required DateTimeOffset At { get; init; }

    public required IReadOnlyList<IssueMessage> Errors { get; init; }
}
