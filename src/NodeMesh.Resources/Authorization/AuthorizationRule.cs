namespace NodeMesh.Resources.Authorization;

/// <summary>
/// One rule: a source of <see cref="From"/>, an operation of <see cref="To"/> and every condition of <see cref="When"/> must match; an empty
/// list always does. The rule <c>{}</c> matches everything.
/// </summary>
public sealed record AuthorizationRule
{
    public ValueList<AuthorizationSource> From { get; init; } = [];

    public ValueList<AuthorizationOperation> To { get; init; } = [];

    public ValueList<AuthorizationCondition> When { get; init; } = [];
}
