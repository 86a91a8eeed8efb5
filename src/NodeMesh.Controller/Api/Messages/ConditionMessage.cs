namespace NodeMesh.Controller.Api.Messages;

/// <summary>A condition of a resource, as Gateway API has it (metav1.Condition).</summary>
/// <param name="Type"><c>Accepted</c>, <c>ResolvedRefs</c> or <c>Programmed</c>.</param>
/// <param name="Status"><c>True</c> or <c>False</c>.</param>
/// <param name="Reason">A word for programs.</param>
/// <param name="ObservedGeneration">The revision of the resource that this is about.</param>
/// <param name="LastTransitionTime">When the status became what it is; no earlier than that revision.</param>
internal sealed record ConditionMessage(string Type, string Status, string Reason, string Message, long ObservedGeneration, DateTimeOffset LastTransitionTime);
