namespace NodeMesh.Cli.Commands;

/// <summary>Which names were asked for: <c>NAME</c>, <c>NAMESPACE/NAME</c>, <c>--namespace</c>, or nothing for all.</summary>
internal readonly record struct NameFilter(string? Namespace, string? Name)
{
    /// <exception cref="CliException">Two namespaces were given.</exception>
    public static NameFilter Of(string? name, string? @namespace)
    {
        if (name is null || name.IndexOf('/', StringComparison.Ordinal) is not (> 0 and var slash))
        {
            return new NameFilter(@namespace, name);
        }

        var given = name[..slash];
        return @namespace is null || string.Equals(given, @namespace, StringComparison.Ordinal)
            ? new NameFilter(given, name[(slash + 1)..])
            : throw new CliException($"{name} is in namespace {given}, but --namespace says {@namespace}", "give one of the two");
    }

    /// <summary>The query of a request for these; empty or beginning with '&amp;'.</summary>
    public string Query =>
        (Namespace is null ? "" : $"&namespace={Uri.EscapeDataString(Namespace)}") + (Name is null ? "" : $"&name={Uri.EscapeDataString(Name)}");

    /// <summary>Whether a <c>namespace/name</c> is meant.</summary>
    public bool Matches(string? qualified)
    {
        var slash = qualified?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        var @namespace = slash < 0 ? "" : qualified![..slash];
        var name = slash < 0 ? qualified : qualified![(slash + 1)..];
        return (Namespace is null || string.Equals(@namespace, Namespace, StringComparison.Ordinal))
            && (Name is null || string.Equals(name, Name, StringComparison.Ordinal));
    }

    public override string ToString() => Namespace is null ? Name ?? "" : $"{Namespace}/{Name}";
}
