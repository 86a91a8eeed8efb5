namespace NodeMesh.Resources.Authorization;

/// <summary>A condition as the file has it, before its values are read as what the key says they are.</summary>
internal sealed record ConditionText
{
    public required ConditionKey Key { get; init; }

    public ValueList<string> Values { get; init; } = [];

    public ValueList<string> NotValues { get; init; } = [];
}
