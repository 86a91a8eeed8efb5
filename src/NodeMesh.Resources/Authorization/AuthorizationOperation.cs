namespace NodeMesh.Resources.Authorization;

/// <summary>What is done (<c>to[].operation</c>). Fields are ANDed, the entries of a list ORed; an empty list says nothing.</summary>
public sealed record AuthorizationOperation
{
    /// <summary>Compared without case and without port. HTTP only.</summary>
    public ValueList<StringPattern> Hosts { get; init; } = [];

    public ValueList<StringPattern> NotHosts { get; init; } = [];

    /// <summary>The workload's ports.</summary>
    public ValueList<ushort> Ports { get; init; } = [];

    public ValueList<ushort> NotPorts { get; init; } = [];

    /// <summary>HTTP only.</summary>
    public ValueList<StringPattern> Methods { get; init; } = [];

    public ValueList<StringPattern> NotMethods { get; init; } = [];

    /// <summary><c>/a</c>, <c>/a*</c>, <c>*/a</c>, <c>*</c>, or a template with <c>{*}</c> for one segment and <c>{**}</c> for the rest. HTTP only.</summary>
    public ValueList<string> Paths { get; init; } = [];

    public ValueList<string> NotPaths { get; init; } = [];

    /// <summary>True when a field needs an HTTP request to be judged.</summary>
    public bool NeedsHttp =>
        !(Hosts.IsEmpty && NotHosts.IsEmpty && Methods.IsEmpty && NotMethods.IsEmpty && Paths.IsEmpty && NotPaths.IsEmpty);
}
