namespace NodeMesh.Controller.Api.Messages;

/// <summary>GET /v1/revisions/NUMBER.</summary>
internal sealed record RevisionChangesMessage(long Number, IReadOnlyList<ChangeMessage> Changes);
