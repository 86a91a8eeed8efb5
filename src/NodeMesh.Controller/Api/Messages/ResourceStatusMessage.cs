namespace NodeMesh.Controller.Api.Messages;

/// <summary>How a resource stands.</summary>
internal sealed record ResourceStatusMessage(IReadOnlyList<ConditionMessage> Conditions);
