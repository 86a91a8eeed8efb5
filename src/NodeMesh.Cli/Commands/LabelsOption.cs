using System.CommandLine;

namespace NodeMesh.Cli.Commands;

/// <summary>Labels on the command line: <c>KEY=VALUE[,KEY=VALUE]</c>. Stateless.</summary>
internal static class LabelsOption
{
    public static Option<IReadOnlyDictionary<string, string>?> Prune() =>
        Make("--prune", "Deletes every other resource that has all of these labels: what is no longer in the files");

    public static Option<IReadOnlyDictionary<string, string>?> Selector() => Make("--selector", "Only what has all of these labels", "-l");

    private static Option<IReadOnlyDictionary<string, string>?> Make(string name, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "KEY=VALUE[,..]",
        CustomParser = result =>
        {
            var labels = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var pair in result.Tokens[0].Value.Split(','))
            {
                if (pair.Split('=') is not [{ Length: > 0 } key, var value] || !labels.TryAdd(key, value))
                {
                    result.AddError($"{name} {result.Tokens[0].Value} is not right at \"{pair}\"; give labels as KEY=VALUE, each once, with commas between: app=cart,tier=back");
                    return null;
                }
            }

            return labels;
        },
    };
}
