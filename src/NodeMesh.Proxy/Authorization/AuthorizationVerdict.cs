namespace NodeMesh.Proxy.Authorization;

/// <summary>One outcome of an evaluation.</summary>
/// <param name="Allowed">Whether the connection may go on.</param>
/// <param name="Reason">Why.</param>
/// <param name="Policy">The deciding policy as <c>namespace/name</c>, or null when none matched.</param>
/// <param name="RuleIndex">The matching rule, counted from 0; -1 when none matched.</param>
public readonly record struct AuthorizationVerdict(bool Allowed, AuthorizationReason Reason, string? Policy = null, int RuleIndex = -1);
