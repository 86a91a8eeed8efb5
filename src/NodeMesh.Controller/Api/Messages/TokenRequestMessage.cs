namespace NodeMesh.Controller.Api.Messages;

/// <summary>POST /v1/nodes/NAME/tokens.</summary>
internal sealed record TokenRequestMessage(int TtlSeconds);
