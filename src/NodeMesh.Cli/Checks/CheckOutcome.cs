namespace NodeMesh.Cli.Checks;

/// <summary>One line of <c>nodemeshctl check</c>.</summary>
/// <param name="Group">What it is about: <c>daemon</c>.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Text">What was found, as a statement: <c>nodemeshd answers at /run/nodemesh/admin.sock</c>.</param>
/// <param name="Hint">What to do about it, or null.</param>
internal sealed record CheckOutcome(string Group, CheckResult Result, string Text, string? Hint = null);
