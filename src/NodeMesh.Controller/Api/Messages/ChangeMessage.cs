namespace NodeMesh.Controller.Api.Messages;

/// <summary>What became, or would become, of one resource.</summary>
/// <param name="Action"><c>created</c>, <c>updated</c>, <c>deleted</c> or <c>unchanged</c>.</param>
/// <param name="Before">Its YAML before.</param>
/// <param name="After">Its YAML since.</param>
internal sealed record ChangeMessage(string Action, string Kind, string? Namespace, string Name, string? Before, string? After);
