using NodeMesh.Resources.Problems;

namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to POST /v1/reload. See docs/admin-api.md.</summary>
internal sealed record ReloadMessage
{
    public required long Revision { get; init; }

    public required bool Changed { get; init; }

    public required IReadOnlyList<IssueMessage> Warnings { get; init; }
}
