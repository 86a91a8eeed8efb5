using System.CommandLine;
using NodeMesh.Resources;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Says which resource a command line means: <c>KIND NAME -n NAMESPACE</c>. Stateless.</summary>
internal static class OneResource
{
    /// <exception cref="CliException">No single kind of resource is meant, or two namespaces are given.</exception>
    public static ResourceKey KeyOf(string kindName, string name, string? @namespace)
    {
        var kind = ListedKind.Find(kindName)!;
        if (kind.Kinds is not [var single])
        {
            throw new CliException(
                kind.Kinds is [] ? $"{kind.Plural} are no resources" : $"{kind.Plural} are resources of several kinds",
                kind.Kinds is [] ? "they are what the daemon makes of services and workloads" : $"name one: {string.Join(", ", kind.Kinds.Select(k => k.ToLowerInvariant()))}");
        }

        var filter = NameFilter.Of(name, @namespace);
        return kind.IsNamespaced
            ? new ResourceKey(single, filter.Namespace ?? ResourceMetadata.DefaultNamespace, filter.Name!)
            : filter.Namespace is null
                ? new ResourceKey(single, "", filter.Name!)
                : throw new CliException($"a {kind.Singular} is in no namespace", $"name it {filter.Name}, without {filter.Namespace}");
    }

    public static Option<string?> NamespaceOption() => new("--namespace", "-n")
    {
        Description = $"Its namespace [{ResourceMetadata.DefaultNamespace}]",
        HelpName = "NAMESPACE",
    };
}
