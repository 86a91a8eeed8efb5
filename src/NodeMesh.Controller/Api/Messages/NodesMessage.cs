namespace NodeMesh.Controller.Api.Messages;

/// <summary>GET /v1/nodes.</summary>
internal sealed record NodesMessage(IReadOnlyList<NodeMessage> Nodes);
