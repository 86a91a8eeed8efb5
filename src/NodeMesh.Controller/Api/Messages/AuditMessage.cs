using NodeMesh.Controller.Store;

namespace NodeMesh.Controller.Api.Messages;

/// <summary>GET /v1/audit: newest first.</summary>
/// <param name="Next">What to give as <c>before</c> for those that follow; absent after the last.</param>
internal sealed record AuditMessage(IReadOnlyList<AuditEntry> Entries, long? Next);
