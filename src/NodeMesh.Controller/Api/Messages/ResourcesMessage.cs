namespace NodeMesh.Controller.Api.Messages;

/// <summary>GET /v1/resources: in order of kind, namespace and name.</summary>
/// <param name="Next">What to give as <c>after</c> for those that follow; absent after the last.</param>
internal sealed record ResourcesMessage(long Revision, IReadOnlyList<ResourceItemMessage> Items, string? Next);
