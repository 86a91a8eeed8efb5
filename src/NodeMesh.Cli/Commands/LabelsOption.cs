using System.CommandLine;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary><c>--prune KEY=VALUE[,KEY=VALUE]</c>. Stateless.</summary>
internal static class PruneOption
{
    public static Option<IReadOnlyDictionary<string, string>?> Make() => new("--prune")
    {
        Description = "Deletes every other resource that has all of these labels: what is no longer in the files",
        HelpName = "KEY=VALUE[,..]",
        CustomParser = result =>
        {
            var labels = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var pair in result.Tokens[0].Value.Split(','))
            {
                if (pair.Split('=') is not [{ Length: > 0 } key, var value] || !labels.TryAdd(key, value))
                {
                    result.AddError($"--prune {result.Tokens[0].Value} is not right at \"{pair}\"; give labels as KEY=VALUE, each once, with commas between: app=cart,tier=back");
                    return null;
                }
            }

            return labels;
        },
    };
}
