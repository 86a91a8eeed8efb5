using System.Net;

namespace NodeMesh.Resources.Authorization;

/// <summary>
/// One <c>when</c> entry: the attribute matches one of the values, and none of the not-values. At least one of the two was given. The lists
/// that fit the attribute are filled: <see cref="Networks"/> for addresses, <see cref="Ports"/> for ports, <see cref="Values"/> for the rest.
/// </summary>
public sealed record AuthorizationCondition
{
    public required ConditionKey Key { get; init; }

    public ValueList<StringPattern> Values { get; init; } = [];

    public ValueList<StringPattern> NotValues { get; init; } = [];

    public ValueList<IPNetwork> Networks { get; init; } = [];

    public ValueList<IPNetwork> NotNetworks { get; init; } = [];

    public ValueList<ushort> Ports { get; init; } = [];

    public ValueList<ushort> NotPorts { get; init; } = [];

    /// <summary>True when only an HTTP request can be judged by it.</summary>
    public bool NeedsHttp => Key.NeedsHttp;
}
