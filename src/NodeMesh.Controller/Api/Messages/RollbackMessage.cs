namespace NodeMesh.Controller.Api.Messages;

/// <summary>POST /v1/revisions/NUMBER/rollback.</summary>
internal sealed record RollbackMessage(bool DryRun);
