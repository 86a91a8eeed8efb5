using System.CommandLine;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Makes the mesh what files say.</summary>
internal sealed class ApplyCommand : CtlCommand
{
    private readonly Option<string[]> _files = ChangeOptions.Files("A file or directory of resources; - reads standard input. May be given again");
    private readonly Option<IReadOnlyDictionary<string, string>?> _prune = LabelsOption.Prune();
    private readonly ChangeOptions _change = new();

    public ApplyCommand(CliHost host, GlobalOptions options)
        : base(
            "apply",
            "Gives resources to the controller: all of them or, when one is wrong, none. What is changed is one revision, which every node receives.",
            "nodemeshctl apply -f mesh/ --reason \"open the shop\"",
            "nodemeshctl apply -f cart.yaml -f web.yaml --dry-run      # what would be changed",
            "nodemeshctl apply -f shop/ --prune team=shop              # and delete what is team=shop and no longer in shop/",
            "kubectl kustomize overlays/prod | nodemeshctl apply -f -",
            "nodemeshctl apply -f cart.yaml --base 17                  # refused when somebody changed it after revision 17")
    {
        _files.Required = true;
        Add(_files);
        Add(_prune);
        Add(_change.DryRun);
        Add(_change.Reason);
        Add(_change.Base);
        Runs(host, options, (context, cancellationToken) =>
        {
            var request = _change.Request(context.Parsed, "apply") with
            {
                Files = ResourceFiles.ReadWanted(context, context.Parsed.GetRequiredValue(_files)),
                Prune = context.Parsed.GetValue(_prune),
            };
            return ChangeReport.MakeAsync(context, request, cancellationToken);
        });
    }
}
