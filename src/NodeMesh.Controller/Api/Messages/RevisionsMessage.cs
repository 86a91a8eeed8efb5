namespace NodeMesh.Controller.Api.Messages;

/// <summary>GET /v1/revisions: newest first.</summary>
/// <param name="Next">What to give as <c>before</c> for those that follow; absent after the last.</param>
internal sealed record RevisionsMessage(IReadOnlyList<RevisionMessage> Revisions, long? Next);
