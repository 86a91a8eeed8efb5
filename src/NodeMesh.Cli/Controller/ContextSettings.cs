using NodeMesh.Resources;

namespace NodeMesh.Cli.Controller;

/// <summary>What the contexts file says. Immutable.</summary>
internal sealed record ContextSettings
{
    public static ContextSettings Empty { get; } = new();

    /// <summary>The name of the context in use; empty for none.</summary>
    public string Current { get; init; } = "";

    public ValueList<ContextEntry> Contexts { get; init; } = [];

    public ContextEntry? Find(string name) => Contexts.AsEnumerable().FirstOrDefault(entry => string.Equals(entry.Name, name, StringComparison.Ordinal));

    /// <exception cref="CliException">There is none of that name.</exception>
    public ContextEntry Require(string name) => Find(name) ?? throw new CliException(
        $"there is no context {name}",
        Contexts.Count == 0
            ? "nodemeshctl context set NAME --controller ADDRESS makes one"
            : $"there are {string.Join(", ", Contexts.AsEnumerable().Select(entry => entry.Name))}");

    /// <summary>These with the entry in place of the one that had its name, or at the end.</summary>
    public ContextSettings With(ContextEntry entry) => this with
    {
        Contexts = Find(entry.Name) is { } old
            ? [.. Contexts.AsEnumerable().Select(other => ReferenceEquals(other, old) ? entry : other)]
            : [.. Contexts.AsEnumerable(), entry],
    };

    public ContextSettings Without(ContextEntry entry) => new()
    {
        Current = string.Equals(Current, entry.Name, StringComparison.Ordinal) ? "" : Current,
        Contexts = [.. Contexts.AsEnumerable().Where(other => !ReferenceEquals(other, entry))],
    };
}
