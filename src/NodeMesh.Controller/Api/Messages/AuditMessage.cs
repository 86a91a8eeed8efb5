using NodeMesh.Controller.Store;

namespace NodeMesh.Controller.Api.Messages;

/// <summary>GET /v1/audit: newest first.</summary>
internal sealed record AuditMessage(IReadOnlyList<AuditEntry> Entries);
