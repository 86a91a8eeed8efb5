using System.CommandLine;
using NodeMesh.Cli.Output;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Deletes resources.</summary>
internal sealed class DeleteCommand : CtlCommand
{
    private readonly Argument<string?> _kind;
    private readonly Argument<string[]> _names = new("NAME") { Description = "NAME or NAMESPACE/NAME; may be several", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _namespace = OneResource.NamespaceOption();
    private readonly Option<string[]> _files = ChangeOptions.Files("Deletes the resources that stand in a file or directory; - reads standard input. May be given again");
    private readonly Option<bool> _ignoreMissing = new("--ignore-not-found") { Description = "What is not there is as good as deleted" };
    private readonly ChangeOptions _change = new();

    public DeleteCommand(CliHost host, GlobalOptions options)
        : base(
            "delete",
            "Deletes resources at the controller, all of them or none, as one revision. What others name cannot be deleted alone.",
            "nodemeshctl delete service cart -n shop",
            "nodemeshctl delete policy shop/no-web --dry-run",
            "nodemeshctl delete service cart -n shop --ignore-not-found",
            "nodemeshctl delete -f shop.yaml --reason \"shop is closed\"")
    {
        _kind = GetCommand.OptionalKindArgument();
        var names = new NameCompletion(host, options);
        _names.CompletionSources.Add(completion => names.ControllerNames(completion, GetCommand.Completed(NameCompletion.Typed(completion, _kind))));
        Add(_kind);
        Add(_names);
        Add(_namespace);
        Add(_files);
        Add(_ignoreMissing);
        Add(_change.DryRun);
        Add(_change.Reason);
        Add(_change.Base);
        Validators.Add(result =>
        {
            var names = result.GetResult(_names)?.Tokens.Count ?? 0;
            var files = result.GetResult(_files)?.Tokens.Count ?? 0;
            if ((names > 0) == (files > 0) || (files > 0 && result.GetResult(_kind)?.Tokens.Count > 0))
            {
                result.AddError("give KIND and NAME, or files with -f");
            }
        });
        Runs(host, options, (context, cancellationToken) =>
        {
            var request = _change.Request(context.Parsed, "delete") with { Delete = Keys(context), IgnoreMissing = context.Parsed.GetValue(_ignoreMissing) };
            return ChangeReport.MakeAsync(context, request, cancellationToken);
        });
    }

    private ResourceKey[] Keys(CommandContext context)
    {
        if (context.Parsed.GetValue(_files) is not { Length: > 0 } files)
        {
            var @namespace = context.Parsed.GetValue(_namespace);
            return [.. context.Parsed.GetRequiredValue(_names).Select(name => OneResource.KeyOf(context.Parsed.GetValue(_kind)!, name, @namespace)).Distinct()];
        }

        var parse = ResourceLoader.Parse(ResourceFiles.Read(context, files));
        foreach (var issue in parse.Issues.AsEnumerable().Where(issue => issue.Severity == IssueSeverity.Error))
        {
            context.Host.Error.Write(Printable.Of(issue.ToString()) + "\n");
        }

        return parse.HasErrors ? throw new CliException($"what stands in {string.Join(", ", files)} is not right; nothing was deleted")
            : parse.Resources.Count == 0 ? throw new CliException($"there is no resource in {string.Join(", ", files)}")
            : [.. parse.Resources.AsEnumerable().Select(resource => resource.Key)];
    }
}
