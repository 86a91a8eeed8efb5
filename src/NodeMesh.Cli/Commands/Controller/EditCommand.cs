using System.CommandLine;
using System.Text;
using NodeMesh.Cli.Controller;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Lets the operator change one resource in an editor.</summary>
internal sealed class EditCommand : CtlCommand
{
    private readonly Argument<string> _kind = GetCommand.KindArgument();
    private readonly Argument<string> _name = new("NAME") { Description = "NAME or NAMESPACE/NAME" };
    private readonly Option<string?> _namespace = OneResource.NamespaceOption();
    private readonly Option<string?> _reason = new ChangeOptions().Reason;

    public EditCommand(CliHost host, GlobalOptions options)
        : base(
            "edit",
            "Opens a resource in your editor (VISUAL, else EDITOR, else vi) and applies what you make of it. Refused when somebody else changed it meanwhile; what you wrote is kept in a file then.",
            "nodemeshctl edit service cart -n shop",
            "EDITOR='code --wait' nodemeshctl edit policy shop/no-web")
    {
        Add(_kind);
        Add(_name);
        Add(_namespace);
        Add(_reason);
        var names = new NameCompletion(host, options);
        _name.CompletionSources.Add(completion => names.ControllerNames(completion, GetCommand.Completed(NameCompletion.Typed(completion, _kind))));
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var parsed = context.Parsed;
        var key = OneResource.KeyOf(parsed.GetRequiredValue(_kind), parsed.GetRequiredValue(_name), parsed.GetValue(_namespace));
        var (seen, yaml) = await FindAsync(context, key, cancellationToken);
        var directory = Directory.CreateTempSubdirectory("nodemeshctl-edit-").FullName;
        var path = Path.Combine(directory, $"{key.Kind}-{key.Name}.yaml".ToLowerInvariant());
        await File.WriteAllTextAsync(path, yaml, cancellationToken);
        var isKept = false;
        try
        {
            await Editor.RunAsync(context.Host, path, cancellationToken);
            var edited = await File.ReadAllBytesAsync(path, cancellationToken);
            if (edited.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(yaml)))
            {
                context.WriteLine("nothing to change");
                return ExitCode.Success;
            }

            isKept = true;
            var file = new ResourceFile(path, edited);
            CheckIsSame(key, file);
            var request = new ChangeRequest { Files = [file], Base = seen, Reason = parsed.GetValue(_reason) ?? $"edit {key}" };
            var exit = await ChangeReport.MakeAsync(context, request, cancellationToken);
            isKept = false;
            return exit;
        }
        finally
        {
            if (isKept)
            {
                context.Host.Error.Write($"what you wrote is kept in {path}: correct it there, then nodemeshctl apply -f {path} --base {seen}\n");
            }
            else
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static async Task<(long Revision, string Yaml)> FindAsync(CommandContext context, ResourceKey key, CancellationToken cancellationToken)
    {
        var query = $"kind={key.Kind}" + new NameFilter(key.Namespace.Length > 0 ? key.Namespace : null, key.Name).Query;
        var (revision, items) = await context.Controller.ResourcesAsync(query, cancellationToken);
        return items is [var item, ..] && (string?)item["yaml"] is { } yaml
            ? (revision, yaml)
            : throw new CliException($"there is no {key} at the controller (revision {revision})", "nodemeshctl get lists those there are; nodemeshctl apply makes new ones");
    }

    /// <summary>An edit that renames would make a second resource, and leave the first as it was.</summary>
    private static void CheckIsSame(ResourceKey key, ResourceFile file)
    {
        var parse = ResourceLoader.Parse([file]);
        if (!parse.HasErrors && (parse.Resources.Count != 1 || parse.Resources[0].Key != key))
        {
            throw new CliException(
                $"an edit is of {key} alone, but the text is now {(parse.Resources.Count == 0 ? "empty" : string.Join(", ", parse.Resources.AsEnumerable().Select(resource => resource.Key)))}",
                "kind, name and namespace stay as they are; nodemeshctl apply makes others, nodemeshctl delete deletes");
        }
    }
}
