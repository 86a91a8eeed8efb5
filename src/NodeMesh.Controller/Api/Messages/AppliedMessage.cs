using NodeMesh.Resources.Problems;

namespace NodeMesh.Controller.Api.Messages;

/// <summary>The answer to POST /v1/apply and to a rollback.</summary>
/// <param name="Revision">The new one; absent when nothing was changed.</param>
internal sealed record AppliedMessage(long? Revision, bool DryRun, IReadOnlyList<ChangeMessage> Changes, IReadOnlyList<IssueMessage> Warnings);
